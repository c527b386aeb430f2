/** `deno task stripe:parameters`: writes the list of parameters that Stripe publishes. */

import { command } from "../../cli/frame.ts";
import { FILE, parametersText } from "../../local/stripe/published/parameters_text.ts";

const parameters = command({
  name: "stripe:parameters",
  summary: "Write the list of parameters that Stripe's client declares, for the stand-in",
  options: {},
  examples: [""],
  exitCodes: ["the file is written"],
  async run() {
    await Deno.writeTextFile(FILE, parametersText());
    return 0;
  },
});

await parameters.runAndExit();
