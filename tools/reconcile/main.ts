/**
 * `deno task reconcile [--all] [--url https://….supabase.co --key sb_secret_…]`: brings what never came,
 * replays what failed, reads again what only Stripe can settle.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { LOCAL_ENV, readLocalEnv } from "../../local/local_env.ts";
import { Complaint, runProgram, say } from "../../local/terminal.ts";
import { type Report, runRound, type Wish } from "./round.ts";

await runProgram(async () => {
  const report = await runRound(await readWish(Deno.args), (so_far) => say(inWords(so_far)));
  const failed = Object.values(report).reduce((sum, part) => sum + part.failed, 0);
  if (failed > 0) say(`${failed} could not be settled: deno task explain tells why, by any id.`);
  return failed === 0 ? 0 : 1;
});

function inWords({ missed, failed, pending }: Report): string {
  return `${missed.done} events brought, ${failed.done} replayed, ${pending.done} objects read again`;
}

async function readWish(args: string[]): Promise<Wish> {
  try {
    const { values: { all, url, key } } = parseArgs({
      args,
      options: {
        all: { type: "boolean", default: false },
        url: { type: "string" },
        key: { type: "string" },
      },
    });
    if ((url === undefined) !== (key === undefined)) {
      throw new Complaint("--url and --key go together");
    }
    if (url !== undefined && key !== undefined) {
      return { functionsUrl: `${url.replace(/\/+$/, "")}/functions/v1`, secretKey: key, all };
    }
    const local = await readLocalEnv(LOCAL_ENV);
    return { functionsUrl: local.FUNCTIONS_URL, secretKey: local.SECRET_KEY, all };
  } catch (error) {
    throw error instanceof TypeError ? new Complaint(error.message) : error;
  }
}
