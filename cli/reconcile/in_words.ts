/** What `deno task reconcile` says. */

import { shareDone } from "../../supabase/functions/reconcile/lists.ts";
import type { Change, Next, Report } from "./round.ts";

const WIDTH = 30;

/** What is done, or by a rehearsal would be. */
export function inWords({ missed, failed, objects, pending }: Report, isRehearsal = false): string {
  const read = objects.done + pending.done;
  return isRehearsal
    ? `${count(missed.done)} events to bring, ${count(failed.done)} to replay, ` +
      `${count(read)} objects to read`
    : `${count(missed.done)} events brought, ${count(failed.done)} replayed, ` +
      `${count(read)} objects read`;
}

/** The same while objects are read, with how far that is: by their lists, as nobody knows their lengths. */
export function progress(report: Report, next: Next): string {
  const words = inWords(report);
  if (next?.part !== "objects") return words;
  const done = Math.round(shareDone(next.after) * WIDTH);
  const bar = "█".repeat(done) + "·".repeat(WIDTH - done);
  return `${bar} ${next.after.split("/").at(-2) ?? ""}: ${words}`;
}

/** As in `opened  stable-diffusion  ada00000-…  purchase`. */
export function changeInWords({ change, module, user_id, reason }: Change): string {
  return [change, module, user_id, reason ?? ""].join("  ").trimEnd();
}

function count(number: number): string {
  return number.toLocaleString("en");
}
