import { CAUSES } from "../../diagnosis/causes.ts";
import { commandsOf, type Known } from "../../diagnosis/fill_command.ts";
import { h } from "../kit/html.ts";
import type { Words } from "./words.ts";

/** What a code means, in one sentence. */
export function symptomOf(code: string, { causes }: Words): string {
  return CAUSES[code]?.[causes].symptom ?? code;
}

/** Why it is so, and what mends it, as the runbook says. */
export function causeOf(code: string, known: Known | null, { causes, mend }: Words): HTMLElement[] {
  const cause = CAUSES[code];
  if (cause === undefined) return [];
  const words = cause[causes];
  return [
    h("p", { className: "quiet" }, words.cause),
    h("p", {}, h("strong", {}, `${mend}. `), words.mend),
    ...commandsOf(code, known).map((command) => h("p", {}, h("code", {}, command))),
  ];
}
