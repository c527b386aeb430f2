/**
 * `deno task reconcile`: brings what never came, replays what failed, reads again what only Stripe can
 * settle; with `--objects` every object that decides access. Interrupted, it is run again.
 *
 *     deno task reconcile [--all] [--objects] [--dry-run] [--url https://….supabase.co --key sb_secret_…]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { LOCAL_ENV, readLocalEnv } from "../../local/local_env.ts";
import { Complaint, runProgram, say } from "../../local/terminal.ts";
import { changeInWords, inWords, progress } from "./in_words.ts";
import { readChanges, type Round, runRound, type Wish } from "./round.ts";

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
  if (failed > 0) say(`${failed} could not be settled: deno task explain tells why, by any id.`);
  return failed === 0 ? 0 : 1;
}

async function readWish(args: string[]): Promise<Wish> {
  try {
    const { values: { all, objects, url, key, ...rest } } = parseArgs({
      args,
      options: {
        "all": { type: "boolean", default: false },
        "objects": { type: "boolean", default: false },
        "dry-run": { type: "boolean", default: false },
        "url": { type: "string" },
        "key": { type: "string" },
      },
    });
    if ((url === undefined) !== (key === undefined)) {
      throw new Complaint("--url and --key go together");
    }
    const much = { all, objects, isRehearsal: rest["dry-run"] };
    if (url !== undefined && key !== undefined) {
      return { functionsUrl: `${url.replace(/\/+$/, "")}/functions/v1`, secretKey: key, ...much };
    }
    const local = await readLocalEnv(LOCAL_ENV);
    return { functionsUrl: local.FUNCTIONS_URL, secretKey: local.SECRET_KEY, ...much };
  } catch (error) {
    throw error instanceof TypeError ? new Complaint(error.message) : error;
  }
}
