/** Two descriptions of a database compared, object by object. */

import { byOrder, type Code } from "../../diagnosis/codes.ts";
import type { CatalogueFact } from "../catalogue/catalogue.ts";

export interface Drift {
  code: Code;
  kind: string;
  name: string;
  /** As it must be; null: it must not be there. */
  expected: string | null;
  /** As it is; null: it is not there. */
  actual: string | null;
}

/** The codes of each kind, for a missing object and for a different one; null: another fact reports it. */
const DRIFTS: Record<string, [missing: Code | null, differs: Code | null]> = {
  relation: ["table_missing", "view_differs"],
  "row level security": [null, "rls_off"],
  grants: [null, "grant_differs"],
  column: ["column_differs", "column_differs"],
  "order of columns": [null, null], // a table that came from an old site has more of them
  "column grants": ["grant_differs", "grant_differs"],
  view: ["view_differs", "view_differs"],
  index: ["index_differs", "index_differs"],
  constraint: ["constraint_differs", "constraint_differs"],
  trigger: ["trigger_missing", "trigger_missing"],
  firing: [null, "trigger_disabled"],
  policy: ["policy_missing", "policy_differs"],
  function: ["routine_missing", "routine_differs"],
  execution: [null, "grant_differs"],
  type: ["type_differs", "type_differs"],
};

/** The missing and different objects, and the policies and grants on our tables that no migration made. */
export function driftBetween(expected: CatalogueFact[], actual: CatalogueFact[]): Drift[] {
  const there = new Map(actual.map((fact) => [keyOf(fact), inAnyVersion(fact)]));
  const lost = expected.filter((fact) =>
    fact.kind === "relation" && /^[rpv]\b/.test(fact.fact) && !there.has(keyOf(fact))
  );
  const drifts = expected.flatMap((fact) => driftOf(fact, there.get(keyOf(fact)), lost));
  return [...drifts, ...extraRights(expected, actual)].sort(byOrder);
}

function driftOf(fact: CatalogueFact, found: string | undefined, lost: CatalogueFact[]): Drift[] {
  if (found === inAnyVersion(fact) || isPartOf(fact, lost)) return [];
  const [missing, differs] = DRIFTS[fact.kind] ?? ["type_differs", "type_differs"];
  const code = found === undefined ? missingCode(fact, missing) : differs;
  if (code === null) return [];
  const { kind, name } = fact;
  return [{ code, kind, name, expected: fact.fact, actual: found ?? null }];
}

/** Two versions of Postgres describe the same view, and the rights on the same table, in other words. */
function inAnyVersion({ kind, fact }: CatalogueFact): string {
  switch (kind) {
    case "view": // since 16 without the table's name before a column, where one table is read
      return fact.replaceAll(/\b\w+\./g, "");
    case "grants": // since 17 with `m`, for maintain
      return fact.replaceAll(/=(\S*?)m\*?\//g, "=$1/");
    default:
      return fact;
  }
}

function missingCode({ kind, fact }: CatalogueFact, code: Code | null): Code | null {
  if (kind !== "relation") return code;
  if (fact.startsWith("v")) return "view_differs";
  return /^[rp]\b/.test(fact) ? code : null; // an index and a sequence are reported with their table
}

/** The parts of a missing table are missing too. They are not reported one by one. */
function isPartOf({ kind, name, fact }: CatalogueFact, lost: CatalogueFact[]): boolean {
  return lost.some((table) => {
    if (name === table.name) return kind !== "relation";
    const qualified = table.name.includes(".") ? table.name : `public.${table.name}`;
    return name.startsWith(`${table.name} `) || name.startsWith(`${table.name}.`) ||
      kind === "index" && fact.includes(` ON ${qualified} `);
  });
}

/** Kinds that may give more rights than the migrations do, with their table. */
const INVITATIONS: Record<string, { code: Code; tableOf(name: string): string }> = {
  "policy": { code: "policy_unexpected", tableOf: (name) => name.split(" ")[0] ?? "" },
  "column grants": { code: "grant_differs", tableOf: (name) => name.replace(/\.[^.]*$/, "") },
};

function extraRights(expected: CatalogueFact[], actual: CatalogueFact[]): Drift[] {
  const known = new Set(expected.map(keyOf));
  const tables = new Set(
    expected.filter(({ kind }) => kind === "relation").map(({ name }) => name),
  );
  return actual.filter((fact) => !known.has(keyOf(fact))).flatMap(({ kind, name, fact }) => {
    const invitation = INVITATIONS[kind];
    if (invitation === undefined || !tables.has(invitation.tableOf(name))) return [];
    return [{ code: invitation.code, kind, name, expected: null, actual: fact }];
  });
}

function keyOf({ kind, name }: CatalogueFact): string {
  return `${kind} | ${name}`;
}
