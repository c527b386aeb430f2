/** What a doctor found, as lines for a terminal. */

import { CAUSES } from "../causes/causes.ts";
import type { Finding } from "./check.ts";
import type { Examination } from "./doctor.ts";
import { isError } from "./severity.ts";

export function inWords({ check, findings, skipped, blocked }: Examination): string[] {
  if (skipped !== null) return [`· ${check.title}: not looked at, ${skipped}`];
  if (blocked !== null) return [`? ${check.title}: could not look (${blocked})`];
  if (findings.length === 0) return [`✓ ${check.title}`];
  return [
    `${findings.some(isError) ? "✗" : "!"} ${check.title}`,
    ...findings.flatMap(findingInWords),
  ];
}

function findingInWords({ code, about }: Finding): string[] {
  const cause = CAUSES[code];
  const command = cause?.command ?? null;
  return [
    `    ${code}: ${about}`,
    ...cause === undefined ? [] : [`      ${cause.en.cause} ${cause.en.mend}`],
    ...command === null ? [] : [`      $ ${command}`],
  ];
}

/** What is going to be done, before it is done. */
export function planInWords(examinations: readonly Examination[]): string[] {
  const plans = examinations.flatMap(({ check, findings }) =>
    check.mend === undefined
      ? []
      : findings.map(({ plan }) => plan).filter((plan) => plan !== undefined)
  );
  if (plans.length === 0) return ["There is nothing that can be mended from here."];
  return ["Going to:", ...plans.map((plan) => `  - ${plan}`)];
}
