import { h } from "../kit/html.ts";
import { moduleCard, type Perform } from "./module_card.ts";
import { isTheirs, type Module } from "./modules.ts";
import type { Words } from "./words/words.ts";

/** The member's modules, and below them the other ones on offer. */
export interface ModuleList {
  element: HTMLElement;
  /** Shows these modules. Does not touch the page if nothing changed. */
  show(modules: Module[]): void;
}

export function moduleList(words: Words, perform: Perform): ModuleList {
  const element = h(
    "div",
    { ariaBusy: "true" },
    h("p", { className: "quiet loading" }, words.loading),
  );
  let shown = "";
  return {
    element,
    show(modules) {
      const now = JSON.stringify(modules);
      if (now === shown) return;
      shown = now;
      keepingFocus(element, () => element.replaceChildren(...sections(modules, words, perform)));
      element.ariaBusy = "false";
    },
  };
}

function sections(modules: Module[], words: Words, perform: Perform): HTMLElement[] {
  const cards = (some: Module[]) => some.map((module) => moduleCard(module, words, perform));
  const yours = cards(modules.filter(isTheirs));
  const offered = cards(modules.filter((module) => !isTheirs(module)));
  return [
    section(
      "yours",
      words.yours,
      yours.length > 0 ? h("ul", {}, ...yours) : h("p", {}, words.none),
    ),
    ...offered.length > 0 ? [section("offered", words.offered, h("ul", {}, ...offered))] : [],
  ];
}

function section(id: string, title: string, content: HTMLElement): HTMLElement {
  const element = h("section", { id }, h("h2", { id: `${id}-title` }, title), content);
  element.setAttribute("aria-labelledby", `${id}-title`);
  return element;
}

/** Puts the focus back on its module, which may stand in another place now. */
function keepingFocus(element: HTMLElement, change: () => void): void {
  const active = document.activeElement;
  const focused = element.contains(active)
    ? active?.closest<HTMLElement>("[data-module]")?.dataset.module
    : undefined;
  change();
  if (focused === undefined) return;
  const card = element.querySelector(`[data-module="${focused}"]`);
  (card?.querySelector("button") ?? card?.querySelector("h3"))?.focus();
}
