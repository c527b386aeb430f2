import { readConfig } from "../kit/config.ts";
import { byId, h } from "../kit/html.ts";
import { clearMessages, showError } from "../kit/notices.ts";
import { codeOf } from "../kit/problem.ts";
import { health } from "./health.ts";
import { forgetKey, keepKey, keptKey } from "./key.ts";
import { keyForm } from "./key_form.ts";
import { operatorPage } from "./operator_page.ts";
import { wordsFor } from "./words.ts";

const words = wordsFor(navigator.language);
document.documentElement.lang = words.language;
document.title = words.title;

const config = await readConfig();
let leaving = new AbortController();

show(keptKey());

function show(key: string | null): void {
  leaving.abort();
  leaving = new AbortController();
  clearMessages();
  byId("header").replaceChildren(h("h1", {}, words.title), ...key === null ? [] : [leaveButton()]);
  byId("main").replaceChildren(
    key === null ? keyForm(words, enter) : operatorPage(health(config, key), words, leaving.signal),
  );
}

/** Keeps the key if the project accepts it. */
async function enter(key: string): Promise<void> {
  showError("");
  try {
    await health(config, key).report();
  } catch (error) {
    return showError(words.problems[codeOf(error)] ?? words.failed);
  }
  keepKey(key);
  show(key);
  byId("main").focus(); // the element that had the focus is gone
}

function leaveButton(): HTMLElement {
  const button = h("button", { type: "button", className: "link" }, words.leave);
  button.addEventListener("click", () => {
    forgetKey();
    show(null);
  });
  return button;
}
