/** `reconcile`: fetches what never arrived from Stripe, until nothing is missing. */

import { task } from "../../diagnosis/task_command.ts";
import { say, sayJson } from "../../local/terminal.ts";
import { readAddress, readEnvironment } from "../environment.ts";
import { command } from "../frame.ts";
import { ENV_FILE, flag, JSON_OPTION, URL_OPTION } from "../options.ts";
import { progressBar, watched } from "../progress_bar.ts";
import { changeInWords, inWords, progressOf } from "./in_words.ts";
import { readChanges, type Report, runRound } from "./round.ts";

export const reconcile = command({
  name: "reconcile",
  summary: "Fetch missed events, replay failed ones, and read objects that only Stripe can settle",
  details:
    "Without SUPABASE_URL and SUPABASE_SECRET_KEY, in the environment or in the file of --env-file, it uses the " +
    "stack that runs here. After an interruption, run it again.",
  options: {
    all: flag("fetch every missing event, not only those that Stripe could not deliver"),
    objects: flag("also read every object that decides access"),
    dryRun: flag("count the work, and change nothing"),
    json: JSON_OPTION,
    envFile: ENV_FILE,
    url: URL_OPTION,
  },
  examples: ["--dry-run", "--all --env-file production.env"],
  exitCodes: ["everything is settled", "something could not be settled"],
  async run({ options: { all, objects, dryRun, json, envFile, url } }) {
    const address = await readAddress(await readEnvironment(envFile), url);
    const options = { ...address, all, objects, isRehearsal: dryRun };
    const watch = progressBar({ json });
    const { run, report } = await watched(
      watch,
      "looking at what is missing",
      () => runRound(options, (report, next) => watch(progressOf(report, next))),
    );
    const changes = dryRun ? [] : readChanges(options, run);
    if (json) sayJson({ dryRun, ...report, changes: await Array.fromAsync(changes) });
    else {
      say(inWords(report, dryRun));
      for await (const change of changes) say(changeInWords(change));
      remarksOn(report).forEach((line) => say(line));
    }
    return dryRun || failuresIn(report) === 0 ? 0 : 1;
  },
});

function failuresIn(report: Report): number {
  return Object.values(report).reduce((sum, part) => sum + part.failed, 0);
}

function remarksOn(report: Report): string[] {
  const failures = failuresIn(report);
  if (failures === 0) return [];
  return [`${failures} could not be settled: ${task("explain")} says why, by any id.`];
}

if (import.meta.main) await reconcile.runAndExit();
