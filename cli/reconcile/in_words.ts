/** The output of `reconcile`. */

import { shareDone } from "../../supabase/functions/reconcile/lists.ts";
import type { Progress } from "../progress_bar.ts";
import type { Change, Next, Report } from "./round.ts";

/** What was done, or would be done in a rehearsal. A rehearsal does not count what is unfolded. */
export function inWords(
  { missed, failed, objects, pending, unfolded }: Report,
  isRehearsal = false,
): string {
  const read = objects.done + pending.done;
  const folded = unfolded.done === 0 ? "" : `, ${count(unfolded.done)} folded`;
  return isRehearsal
    ? `${count(missed.done)} events to fetch, ${count(failed.done)} to replay, ` +
      `${count(read)} objects to read`
    : `${count(missed.done)} events fetched, ${count(failed.done)} replayed, ` +
      `${count(read)} objects read${folded}`;
}

/** The share that is done, in the parts whose total is known. */
export function progressOf(report: Report, next: Next): Progress {
  const words = inWords(report);
  if (next?.part === "unfolded") {
    const { done } = report.unfolded;
    return { title: words, done, total: done + Number(next.after) };
  }
  if (next?.part !== "objects") return { title: words, done: 0, total: 0 };
  const title = `${next.after.split("/").at(-2) ?? ""}: ${words}`;
  return { title, done: Math.round(shareDone(next.after) * 100), total: 100 };
}

/** As in `opened  stable-diffusion  ada00000-…  purchase`. */
export function changeInWords({ change, module, user_id, reason }: Change): string {
  return [change, module, user_id, reason ?? ""].join("  ").trimEnd();
}

function count(number: number): string {
  return number.toLocaleString("en");
}
