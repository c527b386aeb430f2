/** `deno task reference`: writes docs/reference and docs/errors.md from the migrations, the functions and their words. */

import { command } from "../../cli/frame.ts";
import { say } from "../../local/terminal.ts";
import { readCatalogue } from "./catalogue.ts";
import { PAGES, textOf, urlOf } from "./pages.ts";

const reference = command({
  name: "reference",
  summary: "Write docs/reference and docs/errors.md from the sources",
  options: {},
  examples: [""],
  exitCodes: ["the files are written"],
  async run() {
    const catalogue = await readCatalogue();
    for (const page of PAGES) {
      await Deno.writeTextFile(urlOf(page), await textOf(page, catalogue));
      say(`docs/${page.file}`);
    }
    return 0;
  },
});

await reference.runAndExit();
