/** What an upgrade drops: what the new version does not have, and what cannot be replaced in place. */

import postgres from "postgres";
import type { CatalogueFact } from "../../../cli/catalogue/catalogue.ts";
import { UserError } from "../../../local/terminal.ts";
import { differencesBetween } from "./differences.ts";

/** 2BP01: other objects depend on it. The detail names them. */
const IN_USE = "2BP01";

/** The objects to drop, as `drop` calls them: `function sesame.f(integer)`, `trigger t on sesame.grants`. */
export function objectsToDrop(old: CatalogueFact[], wanted: CatalogueFact[]): string[] {
  return differencesBetween(old, wanted).flatMap(({ kind, name, before, after }) => {
    if (before === null) return [];
    const [table = "", part = ""] = name.split(" ");
    switch (kind) {
      case "function":
        return after === null || headOf(before) !== headOf(after) ? [`function ${name}`] : [];
      case "view":
        return after === null || !canReplaceView(name, old, wanted) ? [`view ${name}`] : [];
      case "policy": // never replaced in place
        return [`policy ${quoted(part)} on ${table}`];
      case "trigger":
        return after === null ? [`trigger ${quoted(part)} on ${table}`] : [];
      default:
        return [];
    }
  });
}

/**
 * Drops the objects, and the views, functions, policies and triggers that depend on them. The new version creates
 * those again. Returns the objects in the order in which they can be dropped.
 *
 * @throws UserError where something else depends on one of them
 */
export async function dropAll(sql: postgres.Sql, objects: readonly string[]): Promise<string[]> {
  const [left, dropped] = [new Set(objects), [] as string[]];
  while (left.size > 0) {
    const known = left.size + dropped.length;
    const before = dropped.length;
    for (const object of [...left]) {
      const users = await drop(sql, object);
      for (const user of users) left.add(user);
      if (users.length === 0 && left.delete(object)) dropped.push(object);
    }
    if (dropped.length === before && left.size + dropped.length === known) {
      throw new UserError(`These depend on each other: ${[...left].join(", ")}`);
    }
  }
  return dropped;
}

/** Drops it, or names the objects that depend on it. */
async function drop(sql: postgres.Sql, object: string): Promise<string[]> {
  try {
    await sql.unsafe(`drop ${object}`);
    return [];
  } catch (error) {
    if (!(error instanceof postgres.PostgresError) || error.code !== IN_USE) throw error;
    return (error.detail ?? "").split("\n").map((line) => userIn(line, object));
  }
}

function userIn(line: string, object: string): string {
  const [, kind, name] = /^(view|function|policy|trigger) (.+?) depends on /.exec(line) ?? [];
  if (kind === undefined || name === undefined) {
    throw new UserError(`${object} must be replaced, but ${line}. Write that into moves.sql.`);
  }
  return `${kind} ${name.replace(/ on (table|view) /, " on ")}`;
}

/** The name with its arguments and its result. Postgres replaces only the rest in place. */
function headOf(definition: string): string {
  return definition.split("\n LANGUAGE ")[0] ?? "";
}

/** In place, a view only gets more columns at its end. */
function canReplaceView(name: string, old: CatalogueFact[], wanted: CatalogueFact[]): boolean {
  const columnsIn = (facts: CatalogueFact[]) => {
    const order = facts.find((fact) => fact.kind === "order of columns" && fact.name === name);
    return (order?.fact ?? "").split(" ").map((column) => {
      const fact = facts.find((one) => one.kind === "column" && one.name === `${name}.${column}`);
      return `${column} ${typeIn(fact?.fact ?? "")}`;
    });
  };
  const [before, after] = [columnsIn(old), columnsIn(wanted)];
  return before.every((column, place) => column === after[place]);
}

/** The type that a column's fact begins with, before whether it may be null. */
function typeIn(fact: string): string {
  return fact.replace(/ [tf] .*$/s, "");
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
