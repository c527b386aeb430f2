import { type AccessRow, stateOn } from "./access.ts";
import { type ReadyOrder, userIdOf } from "./ready_order.ts";
import { MODULES } from "./offers.ts";
import type { Access, Check } from "./scenario.ts";
import { at, DAY, T0 } from "./stripe/clock.ts";

/** An access row by `user module`. */
export type Found = Map<string, AccessRow>;

export function indexAccess(rows: AccessRow[]): Found {
  return new Map(rows.map((row) => [`${row.userId} ${row.module}`, row]));
}

/** Compares the access after an order with what its claim expects; returns the differences. */
export function judge(ready: ReadyOrder, found: Found): string[] {
  return ready.order.claim.checks.flatMap((check) => {
    const userId = userIdOf(ready, check.user);
    return MODULES.flatMap((module) =>
      judgeModule(check, module, found.get(`${userId} ${module}`))
    );
  });
}

function judgeModule(check: Check, module: string, row: AccessRow | undefined): string[] {
  const expected = check.access[module];
  if (holds(expected, check.day, row)) return [];
  const found = describe(check.day, row);
  return [`day ${check.day}: ${check.user} ${module} is ${found}, not ${expectation(expected)}`];
}

function holds(expected: Access | undefined, day: number, row: AccessRow | undefined): boolean {
  if (expected === undefined) return row === undefined || !stateOn(day, row).isOpen;
  if (expected.state === "none" || row === undefined) {
    return expected.state === "none" && row === undefined;
  }
  const { isOpen, reason } = stateOn(day, row);
  return isOpen === (expected.state === "open") && reason === expected.reason &&
    row.expiresAt === (expected.expires === null ? null : at(expected.expires));
}

function describe(day: number, row: AccessRow | undefined): string {
  if (row === undefined) return "absent";
  const { isOpen, reason } = stateOn(day, row);
  const expires = row.expiresAt === null ? "" : ` until day ${(row.expiresAt - T0) / DAY}`;
  return `${isOpen ? "open" : "closed"} (${reason})${expires}`;
}

function expectation(expected: Access | undefined): string {
  if (expected === undefined) return "not open";
  const { state, reason, expires } = expected;
  return `${state} (${reason})${expires === null ? "" : ` until day ${expires}`}`;
}
