/**
 * The objects that a migration creates, and whether a database has them. The history alone may be wrong.
 *
 * @module
 */

import { divideSql } from "../../local/sql_file.ts";
import { ask } from "./catalogue.ts";

/** As the migrations write it: lower case, with the schema, and never `if not exists`. */
const CREATES =
  /^create (?:or replace )?(?:unique )?(schema|table|view|index|type|function|trigger|policy) ([\w.]+)(?:[^;]*?\bon ([\w.]+))?/;

/** Every name that a database has, as `createdObjects` gives it. */
const NAMES = `
  with named as (
    select oid, nspname as schema, nspname || '.' as prefix from pg_namespace where nspname !~ '^pg_'
  )
  select 'schema ' || schema as name from named
  union all
  select 'relation ' || prefix || relname from pg_class join named on named.oid = relnamespace
  union all
  select 'type ' || prefix || typname from pg_type join named on named.oid = typnamespace
  union all
  select 'function ' || prefix || proname from pg_proc join named on named.oid = pronamespace
  union all
  select 'trigger ' || tgname || ' on ' || prefix || relname
  from pg_trigger join pg_class on pg_class.oid = tgrelid join named on named.oid = relnamespace
  union all
  select 'policy ' || polname || ' on ' || prefix || relname
  from pg_policy join pg_class on pg_class.oid = polrelid join named on named.oid = relnamespace`;

/** The objects that the statements of a file create, such as `relation public.modules`. */
export async function createdObjects(source: string, path: string): Promise<string[]> {
  const statements = await divideSql(source, path);
  return statements
    .map(({ text }) => CREATES.exec(text.replace(/^(\s*--[^\n]*\n)+\s*/, "")))
    .filter((match) => match !== null)
    .map(([, kind = "", name = "", table = ""]) => objectName(kind, name, table));
}

/** The names of all objects of a database, in the same words. */
export async function readObjectNames(dbUrl: string): Promise<Set<string>> {
  return new Set((await ask(dbUrl, NAMES)).map(({ name }) => name));
}

function objectName(kind: string, name: string, table: string): string {
  switch (kind) {
    case "table":
    case "view":
      return `relation ${name}`;
    case "index":
      return `relation ${table.split(".")[0]}.${name}`;
    case "trigger":
    case "policy":
      return `${kind} ${name} on ${table}`;
    default:
      return `${kind} ${name}`;
  }
}
