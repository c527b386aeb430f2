import { actionButton } from "../kit/action_button.ts";
import { h } from "../kit/html.ts";
import { type Action, actionsFor, stateInWords } from "./module_in_words.ts";
import { isTheirs, type Module } from "./modules.ts";
import { costInWords } from "./prices.ts";
import type { Words } from "./words/words.ts";

/** Runs an action; resolves when the button may be used again. */
export type Perform = (action: Action, module: Module) => Promise<void>;

const STYLES = { open: "primary", manage: "link", buy: "", claim: "" } as const;

/** One module: its name, its state in words, and a button for each action. */
export function moduleCard(module: Module, words: Words, perform: Perform): HTMLElement {
  const { slug, title, description } = module;
  const state = stateInWords(module, words, Date.now());
  const actions = actionsFor(module);
  const cost = actions.includes("buy") ? costInWords(module.prices, words) : "";
  const card = h(
    "li",
    { className: isTheirs(module) ? "module theirs" : "module" },
    h("h3", { id: `module-${slug}`, tabIndex: -1 }, title),
    description === null ? null : h("p", { className: "description" }, description),
    state === "" ? null : h("p", { className: "state" }, state),
    cost === "" ? null : h("p", { className: "cost" }, cost),
    h(
      "div",
      { className: "actions" },
      ...actions.map((action) =>
        actionButton(action, STYLES[action], words, title, () => perform(action, module))
      ),
    ),
  );
  card.dataset.module = slug;
  card.dataset.status = module.holding?.status ?? "none";
  return card;
}
