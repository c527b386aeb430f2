import { causeOf as meaningOf, isCode } from "../../diagnosis/codes.ts";
import { commandsOf, type Known } from "../../diagnosis/fill_command.ts";
import { FIX_LABEL } from "../../diagnosis/labels.ts";
import { h } from "../kit/html.ts";
import type { Words } from "./words.ts";

/** What a code means, in one sentence. */
export function symptomOf(code: string, { causes }: Words): string {
  return isCode(code) ? meaningOf(code)[causes].symptom : code;
}

/** Why it is so, and how to fix it, as the runbook says. */
export function causeOf(code: string, known: Known | null, { causes }: Words): HTMLElement[] {
  if (!isCode(code)) return [];
  const words = meaningOf(code)[causes];
  return [
    h("p", { className: "quiet" }, words.cause),
    h("p", {}, h("strong", {}, `${FIX_LABEL[causes]}. `), words.fix),
    ...commandsOf(code, known).map((command) => h("p", {}, h("code", {}, command))),
  ];
}
