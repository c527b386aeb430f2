/** `explain`: why a user has a module, or lacks it. */

import { say, sayJson } from "../../local/terminal.ts";
import type { CommandPlace } from "../../diagnosis/fill_command.ts";
import { dataApi } from "../../supabase/functions/_shared/data_api.ts";
import { readAddress, readEnvironment } from "../environment.ts";
import { command } from "../frame.ts";
import { ENV_FILE, JSON_OPTION, URL_OPTION } from "../options.ts";
import { progressBar, watched } from "../progress_bar.ts";
import { explain, type Explanation } from "./explain.ts";
import { inWords } from "./in_words.ts";
import { lookUpAtStripe } from "./stripe_lookup.ts";

export const explainCommand = command({
  name: "explain",
  summary: "Explain why a user has or lacks a module, from the payment to the page",
  details:
    "<reference> is a user id, an e-mail address, a module, a token, or an id of Stripe's: cs_…, pi_…, ch_…, " +
    "in_…, sub_…, cus_… or evt_…. With a module after it, only that module is explained; a module alone lists who " +
    "lacks it.\n\n" +
    "Without SUPABASE_URL and SUPABASE_SECRET_KEY, in the environment or in the file of --env-file, it uses the " +
    "stack that runs here. With STRIPE_SECRET_KEY it looks up at Stripe what never arrived.",
  arguments: "<reference> [module]",
  options: { json: JSON_OPTION, envFile: ENV_FILE, url: URL_OPTION },
  examples: [
    "ada@example.com",
    "ada@example.com whisper --env-file production.env",
    "pi_3Q9XyZ --json",
  ],
  exitCodes: ["the module is open", "it is not open"],
  async run({ options: { json, envFile, url: urlOption }, words: [reference = "", module] }) {
    const environment = await readEnvironment(envFile);
    const { url, secretKey: key, schema } = await readAddress(environment, urlOption);
    const lookUp = lookUpAtStripe(environment);
    const explanations = await watched(
      progressBar({ json }),
      "reading what is known of it",
      () => explain(dataApi({ url, key, schema }), reference, module, lookUp),
    );
    if (json) sayJson(explanations);
    else say(...linesOf(explanations, reference, { envFile, schema }));
    return explanations.every(({ cause }) => cause === null) ? 0 : 1;
  },
});

function linesOf(
  explanations: readonly Explanation[],
  reference: string,
  place: CommandPlace,
): string[] {
  if (explanations.length === 0) return [`Everyone who should have ${reference} has it.`];
  return explanations.flatMap((explanation) => inWords(explanation, place));
}

if (import.meta.main) await explainCommand.runAndExit();
