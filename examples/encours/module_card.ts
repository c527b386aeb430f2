import { h } from "../page/html.ts";
import { type Action, actionsFor, stateInWords } from "./module_in_words.ts";
import { isTheirs, type Module } from "./modules.ts";
import type { Words } from "./words/words.ts";

/** Does what the member has asked for; resolves when the button may be used again. */
export type Perform = (action: Action, module: Module) => Promise<void>;

/** One module: its name, its state in words, and what can be done with it. */
export function moduleCard(module: Module, words: Words, perform: Perform): HTMLElement {
  const { slug, title, description } = module;
  const state = stateInWords(module, words, Date.now());
  const card = h(
    "li",
    { className: isTheirs(module) ? "module theirs" : "module" },
    h("h3", { id: `module-${slug}`, tabIndex: -1 }, title),
    description === null ? null : h("p", { className: "description" }, description),
    state === "" ? null : h("p", { className: "state" }, state),
    h(
      "div",
      { className: "actions" },
      ...actionsFor(module).map((action) => actionButton(action, module, words, perform)),
    ),
  );
  card.dataset.module = slug;
  card.dataset.status = module.holding?.status ?? "none";
  return card;
}

function actionButton(action: Action, module: Module, words: Words, perform: Perform) {
  const button = h("button", { type: "button" }, words[action]);
  button.dataset.action = action;
  button.className = { open: "primary", manage: "link", buy: "", claim: "" }[action];
  // "Buy" alone says little to who hears the buttons one by one.
  button.setAttribute("aria-label", `${words[action]} – ${module.title}`);
  button.addEventListener("click", async () => {
    if (button.ariaBusy === "true") return; // the second half of a double click
    button.ariaBusy = "true";
    await perform(action, module);
    button.ariaBusy = "false";
  });
  return button;
}
