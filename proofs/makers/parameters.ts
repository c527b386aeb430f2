/** `deno task stripe:parameters`: writes down which parameters Stripe publishes. */

import { command } from "../../cli/frame.ts";
import { FILE, parametersText } from "../../local/stripe/published/parameters_text.ts";

const parameters = command({
  name: "stripe:parameters",
  summary: "Write down, for the stand-in, which parameters the client of Stripe declares",
  options: {},
  examples: [""],
  exitCodes: ["the file is written"],
  async run() {
    await Deno.writeTextFile(FILE, parametersText());
    return 0;
  },
});

await parameters.runAndExit();
