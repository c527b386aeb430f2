import { closeButton, showDialog } from "../kit/dialog.ts";
import { h } from "../kit/html.ts";
import type { ModuleToken } from "./server.ts";
import { momentInWords } from "../kit/moments.ts";
import type { Words } from "./words/words.ts";

/** Shows what a module's own page would receive. A real site opens that page with the token instead. */
export function tokenDialog(title: string, answer: ModuleToken, words: Words): void {
  const { level, uses, unlimited, expires, token } = words.tokenTerms;
  const end = momentInWords(answer.expires_at, words.language, Date.now());
  showDialog(
    words.tokenTitle(title),
    h("p", {}, words.tokenHint),
    h(
      "dl",
      {},
      ...row(level, answer.access_level),
      ...row(uses, answer.uses_left === null ? unlimited : String(answer.uses_left)),
      ...row(expires, end),
      ...row(token, h("code", {}, answer.token)),
    ),
    h("div", { className: "actions" }, closeButton(words.close)),
  );
}

function row(term: string, description: Node | string): HTMLElement[] {
  return [h("dt", {}, term), h("dd", {}, description)];
}
