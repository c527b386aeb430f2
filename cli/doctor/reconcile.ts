/** What `deno task reconcile` does, as a fix of the doctor. */

import { progressOf } from "../reconcile/in_words.ts";
import { runRound } from "../reconcile/round.ts";
import type { Project } from "./project.ts";

export async function reconcile(project: Project): Promise<string> {
  const { api, watch } = project;
  const options = { ...project, secretKey: api.key, all: true };
  const { report: { missed, failed, pending } } = await runRound(
    options,
    (report, next) => watch(progressOf(report, next)),
  );
  const stuck = missed.failed + failed.failed + pending.failed;
  return `fetched ${missed.done} events, replayed ${failed.done}, read ${pending.done} objects again` +
    (stuck === 0 ? "" : `; ${stuck} still failed`);
}
