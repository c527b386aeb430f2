/** The overall severity of findings. */

import { causeOf } from "../../diagnosis/codes.ts";
import type { Finding } from "./check.ts";
import { type Examination, findingsOf } from "./doctor.ts";

/** It may be intended: it is reported, and no action is needed. */
export function isNote({ code }: Finding): boolean {
  return causeOf(code).severity === "note";
}

export function isError({ code }: Finding): boolean {
  return causeOf(code).severity === "error";
}

/** 0: no problem, or only notes; 1: warnings; 2: errors; 3: a check failed to run. */
export function exitCode(examinations: readonly Examination[]): number {
  const findings = findingsOf(examinations);
  if (findings.some(isError)) return 2;
  if (examinations.some(({ blocked }) => blocked !== null)) return 3;
  return findings.every(isNote) ? 0 : 1;
}
