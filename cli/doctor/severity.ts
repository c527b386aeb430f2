/** How bad a finding is. */

import type { Finding } from "./check.ts";
import { type Examination, findingsOf } from "./doctor.ts";

/** What costs or waits, and takes nothing from anybody who paid. */
const WARNINGS: ReadonlySet<string> = new Set([
  "address_claims_off",
  "buyer_unknown",
  "cron_unscheduled",
  "endpoint_duplicate",
  "endpoint_too_old",
  "fetch_pending",
  "foreign_account",
  "index_differs",
  "legacy_tokens_issued",
  "migration_unknown",
  "migration_unrecorded",
  "old_row_stays",
  "paid_after_end",
  "token_waits",
  "user_unknown",
  "webhook_refused",
  "wrong_mode",
]);

/** What may well be meant: it is told, and nothing has to be done about it. */
const NOTES: ReadonlySet<string> = new Set(["endpoint_other", "event_types_superfluous"]);

export function isNote({ code }: Finding): boolean {
  return NOTES.has(code);
}

export function isError({ code }: Finding): boolean {
  return !WARNINGS.has(code) && !NOTES.has(code);
}

/** 0: all well, or notes only; 1: warnings; 2: errors; 3: something could not be looked at. */
export function exitCode(examinations: readonly Examination[]): number {
  const findings = findingsOf(examinations);
  if (findings.some(isError)) return 2;
  if (examinations.some(({ blocked }) => blocked !== null)) return 3;
  return findings.every(isNote) ? 0 : 1;
}
