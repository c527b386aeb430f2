/** `reconcile`: brings what never arrived from Stripe, until there is no more. */

import { task } from "../../diagnosis/task_command.ts";
import { say, sayJson } from "../../local/terminal.ts";
import { readAddress, readEnvironment } from "../environment.ts";
import { command } from "../frame.ts";
import { ENV_FILE, flag, JSON_OPTION, URL_OPTION } from "../options.ts";
import { progressBar } from "../progress_bar.ts";
import { changeInWords, inWords, progressOf } from "./in_words.ts";
import { readChanges, type Report, type Round, type RoundOptions, runRound } from "./round.ts";

export const reconcile = command({
  name: "reconcile",
  summary:
    "Bring events that never arrived, replay failed ones, and read again what only Stripe knows",
  details:
    "Without SUPABASE_URL and SUPABASE_SECRET_KEY, in the environment or in the file of --env-file, it works on the " +
    "stack that runs here. After an interruption, run it again.",
  options: {
    all: flag("bring every event that is missing, not only those that Stripe could not deliver"),
    objects: flag("also read every object that decides access, whatever events there were"),
    dryRun: flag("count what there is to do, and change nothing"),
    json: JSON_OPTION,
    envFile: ENV_FILE,
    url: URL_OPTION,
  },
  examples: ["--dry-run", "--all --env-file production.env"],
  exitCodes: ["all is settled", "some of it could not be settled"],
  async run({ options: { all, objects, dryRun, json, envFile, url } }) {
    const { functionsUrl, secretKey } = await readAddress(await readEnvironment(envFile), url);
    const options = { functionsUrl, secretKey, all, objects, isRehearsal: dryRun };
    const { run, report } = await runWatched(options);
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

async function runWatched(options: RoundOptions): Promise<Round> {
  const watch = progressBar();
  try {
    return await runRound(options, (report, next) => watch(progressOf(report, next)));
  } finally {
    watch(null);
  }
}

function failuresIn(report: Report): number {
  return Object.values(report).reduce((sum, part) => sum + part.failed, 0);
}

function remarksOn(report: Report): string[] {
  const failures = failuresIn(report);
  if (failures === 0) return [];
  return [`${failures} could not be settled: ${task("explain")} says why, by any id.`];
}

if (import.meta.main) await reconcile.runAndExit();
