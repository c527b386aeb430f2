/** What `reconcile` prints. */

import { shareDone } from "../../supabase/functions/reconcile/lists.ts";
import type { Progress } from "../progress_bar.ts";
import type { Change, Next, Report } from "./round.ts";

/** What was done, or in a rehearsal would be. */
export function inWords({ missed, failed, objects, pending }: Report, isRehearsal = false): string {
  const read = objects.done + pending.done;
  return isRehearsal
    ? `${count(missed.done)} events to bring, ${count(failed.done)} to replay, ` +
      `${count(read)} objects to read`
    : `${count(missed.done)} events brought, ${count(failed.done)} replayed, ` +
      `${count(read)} objects read`;
}

/** Only the lists of objects have a share that is done: the number of the other things is not known. */
export function progressOf(report: Report, next: Next): Progress {
  const words = inWords(report);
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
