/** Differences in words: which role may do what on how many objects, and what has changed. */

import { causeOf } from "../../diagnosis/codes.ts";
import type { Finding } from "./check.ts";
import { counted } from "./counted.ts";
import type { Drift } from "./drift_between.ts";
import { type RightsChange, rightsChanges } from "./rights.ts";

/** Columns and types cannot be created again, since rows depend on them. */
export function isFixable({ code }: Drift): boolean {
  return causeOf(code).fixedBy !== null;
}

/** Kinds of the catalogue that hold rights, and what the rights are on. */
const RIGHTS_OF: Record<string, [one: string, many: string]> = {
  "grants": ["table or view", "tables and views"],
  "column grants": ["column", "columns"],
  "execution": ["function", "functions"],
};

/** One finding for each difference. Equal rights on several objects are one finding, and come last. */
export function findingsOfDrift(drifts: readonly Drift[]): Finding[] {
  const changes = drifts.flatMap(changesOf);
  const alike = Map.groupBy(changes, ({ kind, change }) => JSON.stringify([kind, change]));
  // A gained right is worse than a lost one.
  const [gained, lost] = [true, false].map((isGained) =>
    [...alike.values()].filter(([first]) => first?.change.isGained === isGained)
  );
  return [
    ...drifts.filter((drift) => changesOf(drift).length === 0).map(findingOf),
    ...[...gained ?? [], ...lost ?? []].map(rightsFinding),
  ];
}

interface ObjectChange {
  kind: string;
  name: string;
  change: RightsChange;
}

function changesOf({ kind, name, expected, actual }: Drift): ObjectChange[] {
  if (!(kind in RIGHTS_OF)) return [];
  return rightsChanges(expected ?? "", actual ?? "").map((change) => ({ kind, name, change }));
}

/** The same change on all of these objects. */
function rightsFinding(objects: readonly ObjectChange[]): Finding {
  const [{ kind, change }] = objects as [ObjectChange];
  const { role, isGained, rights } = change;
  const names = objects.map(({ name }) => name);
  const [one, many] = RIGHTS_OF[kind] ?? ["object", "objects"];
  const what = names.length === 1 ? names[0] : counted(names.length, one, many);
  const who = role === "public" ? "everyone" : role;
  const list = rights.filter((right) => !rights.includes(right + OPTION)).join(", ");
  return {
    code: "grant_differs",
    about: `${who} may ${isGained ? "" : "no longer "}${list} ${what}`,
    ...names.length === 1 ? {} : { each: names },
    plan: isGained
      ? `revoke ${list} on ${what} from ${role}`
      : `grant ${list} on ${what} to ${role}`,
    sql: objects.flatMap(({ kind, name }) => statementsFor(change, kind, name)),
  };
}

/** Grants every missing right and revokes every right too many; empty if the rights do not differ. */
export function statementsOf(drift: Drift): string[] {
  return changesOf(drift).flatMap(({ kind, name, change }) => statementsFor(change, kind, name));
}

const OPTION = " with grant option";

function statementsFor(
  { role, isGained, rights }: RightsChange,
  kind: string,
  name: string,
): string[] {
  const [object, column] = kind === "column grants" ? columnOf(name) : [name, null];
  const on = `on ${kind === "execution" ? "function " : ""}${qualified(object)}`;
  const list = (some: string[]) =>
    some.map((right) => column === null ? right : `${right} (${quoted(column)})`).join(", ");
  const plain = rights.filter((right) => !right.endsWith(OPTION));
  const options = rights.filter((right) => right.endsWith(OPTION))
    .map((right) => right.slice(0, -OPTION.length))
    .filter((right) => !plain.includes(right) || !isGained);
  return isGained
    ? [
      ...plain.length === 0 ? [] : [`revoke ${list(plain)} ${on} from ${quoted(role)};`],
      ...options.length === 0
        ? []
        : [`revoke grant option for ${list(options)} ${on} from ${quoted(role)};`],
    ]
    : [
      ...plain.length === 0 ? [] : [`grant ${list(plain)} ${on} to ${quoted(role)};`],
      ...options.length === 0 ? [] : [`grant ${list(options)} ${on} to ${quoted(role)}${OPTION};`],
    ];
}

function columnOf(name: string): [table: string, column: string] {
  const dot = name.lastIndexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

/** Postgres leaves the schema out where it is on the search path. */
function qualified(name: string): string {
  return name.split("(")[0]?.includes(".") ? name : `public.${name}`;
}

function quoted(role: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(role) ? role : `"${role.replaceAll('"', '""')}"`;
}

function findingOf(drift: Drift): Finding {
  const about = nameOf(drift);
  if (!isFixable(drift)) return { code: drift.code, about };
  return {
    code: drift.code,
    about,
    plan: drift.expected === null ? `drop ${about}` : `make ${about} as the migrations do`,
  };
}

/** The words for kinds of the catalogue that describe another object. */
const KINDS: Record<string, string> = {
  "relation": "table or view",
  "row level security": "table",
  "firing": "trigger",
  "grants": "grants on",
  "column grants": "grants on column",
  "execution": "grants on function",
};

/** "policy modules_select_all on modules" */
export function nameOf({ kind, name }: Drift): string {
  const [table = "", ...parts] = name.split(" ");
  const part = parts.at(-1);
  const isPart = ["policy", "trigger", "firing", "constraint"].includes(kind) && part !== undefined;
  return `${KINDS[kind] ?? kind} ${isPart ? `${part} on ${table}` : name}`;
}
