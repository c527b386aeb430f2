/**
 * The catalogue of all codes of explain, the doctor and alerts: severity, fix and texts of each code.
 *
 * To add a check to the doctor, change three files:
 *
 * 1. `cli/doctor/checks/<name>.ts` exports the check as `check`. `codes` lists what it may find. The doctor reads the
 *    folder, and runs the checks in the order of their codes.
 * 2. A file of `diagnosis/codes/` (`project.ts`, `stripe.ts` or `drift.ts`) says what each of these codes means.
 * 3. A file of `proofs/faults/kinds/` breaks a project so that the check finds it.
 *
 * Then run `deno task runbook`, which writes docs/troubleshooting.md and docs/depannage.md, and
 * `deno task test:faults <the fault's title>`.
 *
 * A code that the database names is added to the enum `sesame.code` as well, and to one of the files in
 * `DATABASE_CODES`. `proofs/house/codes_test.ts` compares the two in a running database.
 */

import type { Cause } from "./cause.ts";
import { ALERTS } from "./codes/alerts.ts";
import { CLOSED } from "./codes/closed.ts";
import { DRIFT } from "./codes/drift.ts";
import { EXAMINED } from "./codes/examined.ts";
import { PROJECT } from "./codes/project.ts";
import { PURCHASES } from "./codes/purchases.ts";
import { REFUSALS } from "./codes/refusals.ts";
import { STRIPE } from "./codes/stripe.ts";

/** The codes that the database uses: exactly the values of the enum `sesame.code`. */
export const DATABASE_CODES = {
  ...PURCHASES,
  ...CLOSED,
  ...EXAMINED,
  ...REFUSALS,
  ...ALERTS,
} as const satisfies Record<string, Cause>;

export const CODES = {
  ...DATABASE_CODES,
  ...PROJECT,
  ...DRIFT,
  ...STRIPE,
} as const satisfies Record<string, Cause>;

export type Code = keyof typeof CODES;

export function causeOf(code: Code): Cause {
  return CODES[code];
}

/** For a code that may come from another version of the database or of a function. */
export function isCode(code: string): code is Code {
  return Object.hasOwn(CODES, code);
}

/** Refuses a code of another version. The doctor prints it as the reason why a check could not run. */
export function knownCode(code: string): Code {
  if (isCode(code)) return code;
  throw Object.assign(new Error(`this version does not know the code ${code}`), { code });
}

/** Codes that explain others come first. */
export function byOrder(one: { code: Code }, other: { code: Code }): number {
  return placeOf(one.code) - placeOf(other.code);
}

/** The code's place in the doctor's list. Codes that the doctor never finds come last. */
export function placeOf(code: Code): number {
  return causeOf(code).order ?? Number.MAX_SAFE_INTEGER;
}

/** The codes of a part of the table. */
export function codesIn<Part extends Partial<typeof CODES>>(part: Part): (keyof Part & Code)[] {
  return Object.keys(part) as (keyof Part & Code)[];
}
