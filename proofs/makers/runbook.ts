/** `deno task runbook`: writes the runbooks from the catalogue of codes. */

import { command } from "../../cli/frame.ts";
import { EDITIONS, fileOf, formatted, writeRunbook } from "../../diagnosis/runbook.ts";

const runbook = command({
  name: "runbook",
  summary: "Write the runbooks, in English and in French, from the table of causes",
  options: {},
  examples: [""],
  exitCodes: ["the files are written"],
  async run() {
    for (const edition of EDITIONS) {
      await Deno.writeTextFile(fileOf(edition), await formatted(writeRunbook(edition)));
    }
    return 0;
  },
});

await runbook.runAndExit();
