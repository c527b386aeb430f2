/**
 * Why somebody has, or lacks, a module:
 *
 *     deno task explain <user id | e-mail> [module] [--json]
 *     deno task explain <cs_… | pi_… | ch_… | in_… | sub_… | cus_… | evt_… | token id> [module]
 *     deno task explain <module>
 *
 * Without a module, all that hangs on the user or the object; a module alone, who lacks it.
 * Asks the stack that runs here, or with --url and --key (or SUPABASE_URL and SUPABASE_SECRET_KEY) any
 * project. With STRIPE_SECRET_KEY, Stripe is asked whether it has what never came. Exit code 0: the module is open; 1: it is not; 2: nobody could be asked.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { LOCAL_ENV, readLocalEnv } from "../../local/local_env.ts";
import { complain, Complaint, say } from "../../local/terminal.ts";
import { dataApi } from "../../supabase/functions/_shared/data_api.ts";
import { lookUpAtStripe } from "./at_stripe.ts";
import { explain, type Explanation } from "./explain.ts";
import { inWords } from "./in_words.ts";

interface Wish {
  reference: string;
  module: string | undefined;
  isJson: boolean;
  url: string | undefined;
  key: string | undefined;
}

async function main(): Promise<number> {
  const wish = readWish(Deno.args);
  const call = dataApi(await readAddress(wish));
  const lookUp = lookUpAtStripe((name) => Deno.env.get(name));
  const explanations = await explain(call, wish.reference, wish.module, lookUp);
  if (wish.isJson) say(JSON.stringify(explanations, null, 2));
  else if (explanations.length === 0) say(`Nobody lacks ${wish.reference}.`);
  else explanations.flatMap(inWords).forEach((line) => say(line));
  return explanations.every(isOpen) ? 0 : 1;
}

function isOpen({ cause }: Explanation): boolean {
  return cause === null;
}

function readWish(args: string[]): Wish {
  try {
    const { values, positionals: [reference, module] } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        url: { type: "string" },
        key: { type: "string" },
      },
    });
    if (reference === undefined) {
      throw new Complaint("explain what? deno task explain ada@example.com whisper, or pi_…");
    }
    return { reference, module, isJson: values.json, url: values.url, key: values.key };
  } catch (error) {
    throw error instanceof TypeError ? new Complaint(error.message) : error;
  }
}

/** As asked for, else as the environment says, else the stack that runs here. */
async function readAddress({ url, key }: Wish): Promise<{ url: string; key: string }> {
  const [asked, secret] = [
    url ?? Deno.env.get("SUPABASE_URL"),
    key ?? Deno.env.get("SUPABASE_SECRET_KEY"),
  ];
  if (asked !== undefined && secret !== undefined) return { url: asked, key: secret };
  if (asked !== undefined || secret !== undefined) {
    throw new Complaint("--url and --key go together, as do SUPABASE_URL and SUPABASE_SECRET_KEY");
  }
  const local = await readLocalEnv(LOCAL_ENV);
  return { url: local.API_URL, key: local.SECRET_KEY };
}

try {
  Deno.exit(await main());
} catch (error) {
  complain(error instanceof Error ? error.message : String(error));
  Deno.exit(2);
}
