/** What `deno task reconcile` does, as a fix of the doctor. */

import { runRound } from "../reconcile/round.ts";
import type { Project } from "./project.ts";

export async function reconcile({ functionsUrl, api }: Project): Promise<string> {
  const options = { functionsUrl, secretKey: api.key, all: true };
  const { report: { missed, failed, pending } } = await runRound(options, () => {});
  const stuck = missed.failed + failed.failed + pending.failed;
  return `fetched ${missed.done} events, replayed ${failed.done}, read ${pending.done} objects again` +
    (stuck === 0 ? "" : `; ${stuck} still failed`);
}
