import { LINKS } from "../../diagnosis/links.ts";
import { h } from "../kit/html.ts";
import { causeOf, symptomOf } from "./cause.ts";
import type { About, Health, Link } from "./health.ts";
import type { Words } from "./words.ts";

const STRIPE_ID = /^[a-z]+_\w+$/;

/** The form for "why is my module not there", and the answer link by link. */
export function explainPanel(health: Health, words: Words, showProblem: (error: unknown) => void) {
  const who = h("input", { id: "who", required: true, autocomplete: "off", spellcheck: false });
  const module = h("input", { id: "module", autocomplete: "off", spellcheck: false });
  const answer = h("div", { id: "answer" });
  let latest: symbol | null = null; // so that a slow answer cannot replace a newer one
  answer.setAttribute("aria-live", "polite");
  const form = h(
    "form",
    { className: "key" },
    h("label", { htmlFor: "who" }, words.who),
    who,
    h("label", { htmlFor: "module" }, words.module),
    module,
    h("p", { className: "quiet" }, words.moduleHint),
    h("div", { className: "actions" }, h("button", {}, words.ask)),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    await ask(who.value.trim(), module.value.trim());
    form.ariaBusy = "false";
  });

  /** Without a module the reference may be an address, an id of Sesame or of Stripe, or a module. */
  async function ask(reference: string, slug: string): Promise<void> {
    const question = Symbol();
    latest = question;
    answer.replaceChildren();
    try {
      const found = slug === "" || STRIPE_ID.test(reference)
        ? await byReference(reference)
        : chain(await health.explain(reference, slug), words, health.schema);
      if (latest === question) answer.replaceChildren(...found);
    } catch (error) {
      showProblem(error);
    }
  }

  /** Every user and module that the reference leads to, each with its chain. */
  async function byReference(reference: string): Promise<HTMLElement[]> {
    const about = await health.find(reference);
    if (about.length === 0) return [h("p", {}, words.lackedByNone)];
    return (await Promise.all(about.map(oneOf))).flat();
  }

  async function oneOf({ user_ref, module, code, detail, known }: About): Promise<HTMLElement[]> {
    if (user_ref === null || module === null) {
      return verdict({ code: code ?? "opens_nothing", detail, known }, words, health.schema);
    }
    const heading = h("h3", {}, `${module} · ${user_ref}`);
    return [heading, ...chain(await health.explain(user_ref, module), words, health.schema)];
  }

  return {
    element: h("section", { id: "asking" }, h("h2", {}, words.asking), form, answer),
    /** Asks about a Stripe id, as if it had been typed in. */
    async about(reference: string): Promise<void> {
      who.value = reference;
      await ask(reference, "");
      answer.scrollIntoView({ block: "nearest" });
    },
  };
}

/** The chain, and how to fix its first broken link. */
function chain(links: Link[], words: Words, schema: string): HTMLElement[] {
  const broken = links.find(({ state }) => state === "broken");
  const list = h("ol", { className: "chain" }, ...links.map((link) => linkOf(link, words)));
  return [
    list,
    ...broken === undefined
      ? [h("p", { className: "open" }, words.open)]
      : verdict(broken, words, schema),
  ];
}

const MARKS = { holds: "✓", broken: "✗", beside: "·" };

function linkOf({ link, state, code, detail }: Link, words: Words): HTMLElement {
  const parts = [LINKS[link][words.causes], code, detail].filter((part) => part !== null);
  const item = h("li", { className: state }, `${MARKS[state]} ${parts.join(" · ")}`);
  item.dataset.link = link;
  return item;
}

function verdict(
  { code, detail, known }: Pick<Link, "code" | "detail" | "known">,
  words: Words,
  schema: string,
): HTMLElement[] {
  return [
    h("p", { className: "verdict" }, h("strong", {}, symptomOf(code ?? "", words))),
    ...detail === null ? [] : [h("p", { className: "quiet" }, h("code", {}, detail))],
    ...causeOf(code ?? "", known, words, schema),
  ];
}
