import { closeButton, showDialog } from "../kit/dialog.ts";
import { h } from "../kit/html.ts";
import { symptomOf } from "./cause.ts";
import type { Alert } from "./health.ts";
import type { Words } from "./words.ts";

/** The name and the reason for dismissing an alert. */
export interface Dismissal {
  actor: string;
  why: string;
}

/** Asks who dismisses it and why; null: canceled. */
export function askWhy({ kind, about }: Alert, words: Words): Promise<Dismissal | null> {
  const actor = h("input", { id: "actor", required: true, autocomplete: "username" });
  const why = h("input", { id: "why", required: true, autocomplete: "off" });
  const form = h(
    "form",
    { className: "key" },
    h("label", { htmlFor: "actor" }, words.actor),
    actor,
    h("label", { htmlFor: "why" }, words.why),
    why,
    h(
      "div",
      { className: "actions" },
      h("button", { className: "primary" }, words.dismiss),
      closeButton(words.cancel),
    ),
  );
  const dialog = showDialog(
    symptomOf(kind, words),
    h("p", {}, h("code", {}, about)),
    form,
  );
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      resolve({ actor: actor.value, why: why.value });
      dialog.close();
    });
    dialog.addEventListener("close", () => resolve(null));
  });
}
