import { h } from "../kit/html.ts";
import type { Words } from "./words.ts";

/** Asks for the secret key, and hands it to `enter`. */
export function keyForm(words: Words, enter: (key: string) => Promise<void>): HTMLElement {
  const key = h("input", {
    id: "key",
    type: "password",
    required: true,
    autocomplete: "off",
    spellcheck: false,
  });
  const form = h(
    "form",
    { className: "key" },
    h("label", { htmlFor: "key" }, words.key),
    key,
    h("p", { className: "quiet" }, words.keyHint),
    h("div", { className: "actions" }, h("button", { className: "primary" }, words.enter)),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    await enter(key.value.trim());
    form.ariaBusy = "false";
  });
  return form;
}
