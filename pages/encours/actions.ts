import type { Action } from "./module_in_words.ts";
import type { Module } from "./modules.ts";
import { type Choice, choosePrice } from "./price_dialog.ts";
import { Problem } from "../kit/problem.ts";
import type { Server } from "./server.ts";
import { tokenDialog } from "./token_dialog.ts";
import type { Words } from "./words/words.ts";

/** What each button does. A refusal of the server is thrown as a `Problem`. */
export function moduleActions(
  server: Server,
  words: Words,
): Record<Action, (module: Module) => Promise<void>> {
  async function buy({ slug, title }: Module): Promise<void> {
    try {
      goTo(await server.buy({ module: slug }));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "choose_price") throw error;
      const price = await choosePrice(title, error.more.prices as Choice[], words);
      if (price !== null) goTo(await server.buy({ price }));
    }
  }
  return {
    buy,
    claim: ({ slug }) => server.claim(slug),
    manage: async () => goTo(await server.manage()),
    open: async ({ slug, title }) => tokenDialog(title, await server.openModule(slug), words),
  };
}

function goTo({ url }: { url: string }): void {
  location.assign(url);
}
