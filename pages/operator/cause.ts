import { causeOf as meaningOf, isCode } from "../../diagnosis/codes.ts";
import { isRemark } from "../../diagnosis/commands.ts";
import { commandsOf, type Known } from "../../diagnosis/fill_command.ts";
import { FIX_LABEL } from "../../diagnosis/labels.ts";
import { h } from "../kit/html.ts";
import type { Words } from "./words.ts";

/** What a code means, in one sentence. */
export function symptomOf(code: string, { causes }: Words): string {
  return isCode(code) ? meaningOf(code)[causes].symptom : code;
}

/** Why it is so, and how to fix it, as the runbook says. The SQL is for this schema. */
export function causeOf(
  code: string,
  known: Known | null,
  { causes }: Words,
  schema: string,
): HTMLElement[] {
  if (!isCode(code)) return [];
  const words = meaningOf(code)[causes];
  return [
    h("p", { className: "quiet" }, words.cause),
    h("p", {}, h("strong", {}, `${FIX_LABEL[causes]}. `), words.fix),
    ...commandsOf(code, known, { schema }).map((line) =>
      h("p", {}, isRemark(line) ? line.replace("# ", "") : h("code", {}, line))
    ),
  ];
}
