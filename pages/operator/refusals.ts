import { h } from "../kit/html.ts";
import type { Refusal, Report } from "./health.ts";
import type { Words } from "./words.ts";

/** What the webhook refused in the last day, signed requests first, each with its probable cause; null: nothing. */
export function refusals({ deliveries }: Report, words: Words): HTMLElement | null {
  if (deliveries.refusals.length === 0) return null;
  return h(
    "figure",
    { className: "refusals" },
    h("figcaption", {}, words.refusals),
    h("ul", {}, ...deliveries.refusals.map((refusal) => line(refusal, words))),
  );
}

function line({ kind, signed, calls, cause }: Refusal, words: Words): HTMLElement {
  const probably = cause === null ? null : words.probably(words.refusalCauses[cause] ?? cause);
  return h(
    "li",
    { className: signed ? "bad" : "quiet" },
    h("strong", {}, calls.toLocaleString(words.language)),
    ` ${words.refused[kind] ?? kind}`,
    probably === null ? null : h("span", { className: "quiet" }, ` · ${probably}`),
  );
}
