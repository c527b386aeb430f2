/**
 * `deno task reference`: writes docs/reference and docs/errors.md from the migrations, the functions and their words.
 *
 * @module
 */

import { runProgram, say } from "../../local/terminal.ts";
import { readCatalogue } from "./catalogue.ts";
import { PAGES, textOf, urlOf } from "./pages.ts";

async function writeReference(): Promise<number> {
  const catalogue = await readCatalogue();
  for (const page of PAGES) {
    await Deno.writeTextFile(urlOf(page), await textOf(page, catalogue));
    say(`docs/${page.file}`);
  }
  return 0;
}

await runProgram(writeReference);
