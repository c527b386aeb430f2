/**
 * Why somebody has, or lacks, a module:
 *
 *     deno task explain <user id | e-mail> [module] [--json]
 *     deno task explain <cs_… | pi_… | ch_… | in_… | sub_… | cus_… | evt_… | token id> [module]
 *     deno task explain <module>
 *
 * Without a module, all that hangs on the user or the object; a module alone, who lacks it.
 * Asks the stack that runs here, or any project that SUPABASE_URL and SUPABASE_SECRET_KEY name, in the
 * environment or in a file: `--env-file production.env`. `--url` stands for SUPABASE_URL. With
 * STRIPE_SECRET_KEY, Stripe is asked whether it has what never came. Exit code 0: the module is open;
 * 1: it is not; 2: nobody could be asked.
 *
 * @module
 */

import { Complaint, messageOf, runProgram, say, sayJson } from "../../local/terminal.ts";
import { dataApi } from "../../supabase/functions/_shared/data_api.ts";
import { ENV_FILE, readCommandLine } from "../command_line.ts";
import { readAddress, readEnvironment } from "../environment.ts";
import { lookUpAtStripe } from "./at_stripe.ts";
import { explain, type Explanation } from "./explain.ts";
import { inWords } from "./in_words.ts";
import { task } from "../../diagnosis/task_command.ts";

async function main(): Promise<number> {
  const { values, positionals: [reference, module] } = readCommandLine({
    args: Deno.args,
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, url: { type: "string" }, ...ENV_FILE },
  });
  if (reference === undefined) {
    throw new Complaint(`explain what? ${task("explain ada@example.com whisper")}, or pi_…`);
  }
  const environment = await readEnvironment(values["env-file"]);
  const { url, secretKey: key } = await readAddress(environment, values.url);
  const lookUp = lookUpAtStripe(environment);
  const explanations = await explain(dataApi({ url, key }), reference, module, lookUp);
  if (values.json) sayJson(explanations);
  else if (explanations.length === 0) say(`Nobody lacks ${reference}.`);
  else {
    explanations.flatMap((one) => inWords(one, values["env-file"])).forEach((line) => say(line));
  }
  return explanations.every(isOpen) ? 0 : 1;
}

function isOpen({ cause }: Explanation): boolean {
  return cause === null;
}

await runProgram(main, 2, messageOf);
