/**
 * `deno task reconcile`: brings what never came, replays what failed, reads again what only Stripe can
 * settle; with `--objects` every object that decides access. Interrupted, it is run again.
 *
 *     deno task reconcile [--all] [--objects] [--dry-run] [--env-file production.env]
 *
 * The environment, or the file, names the project by SUPABASE_URL (`--url` stands for it) and
 * SUPABASE_SECRET_KEY; without them it is the stack that runs here.
 *
 * @module
 */

import { runProgram, say } from "../../local/terminal.ts";
import { ENV_FILE, readCommandLine } from "../command_line.ts";
import { readAddress, readEnvironment } from "../environment.ts";
import { changeInWords, inWords, progress } from "./in_words.ts";
import { readChanges, type Round, runRound, type Wish } from "./round.ts";
import { task } from "../../diagnosis/task_command.ts";

await runProgram(async () => {
  const wish = await readWish(Deno.args);
  if (wish.isRehearsal) {
    const { report } = await runRound(wish, () => {});
    say(inWords(report, true));
    return 0;
  }
  const round = await runRound(wish, (report, next) => say(progress(report, next)));
  return await conclude(wish, round);
});

async function conclude(wish: Wish, { run, report }: Round): Promise<number> {
  for await (const change of readChanges(wish, run)) say(changeInWords(change));
  const failed = Object.values(report).reduce((sum, part) => sum + part.failed, 0);
  if (failed > 0) say(`${failed} could not be settled: ${task("explain")} tells why, by any id.`);
  return failed === 0 ? 0 : 1;
}

async function readWish(args: string[]): Promise<Wish> {
  const { values: { all, objects, url, ...rest } } = readCommandLine({
    args,
    options: {
      "all": { type: "boolean", default: false },
      "objects": { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
      "url": { type: "string" },
      ...ENV_FILE,
    },
  });
  const environment = await readEnvironment(rest["env-file"]);
  const { functionsUrl, secretKey } = await readAddress(environment, url);
  return { functionsUrl, secretKey, all, objects, isRehearsal: rest["dry-run"] };
}
