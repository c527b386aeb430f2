/**
 * What a database with all migrations says of itself: settings, functions and tables.
 *
 * @module
 */

import postgres, { type Sql } from "postgres";
import { startMigratedDatabase } from "../../local/migrated_database.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** A column of a table or of a function's answer, or an argument. */
export interface Column {
  name: string;
  type: string;
  /** As SQL; null: none. */
  fallback: string | null;
  comment: string | null;
}

export interface TableColumn extends Column {
  isRequired: boolean;
}

/** A table or a view of schema `public`. */
export interface Table {
  name: string;
  comment: string;
  columns: TableColumn[];
  /** What each role may do, as in `select, insert`. */
  rights: { role: string; verbs: string }[];
  /** The functions of its triggers, with their schema. */
  triggers: string[];
}

/** A function of schema `public` or `sesame`. */
export interface SqlFunction {
  /** With its schema. */
  name: string;
  comment: string | null;
  arguments: Column[];
  /** As in `boolean` or `setof text`; null if `columns` say it. */
  returns: string | null;
  columns: Column[];
  callers: string[];
  /** Its `set lock_timeout`, so that it may raise 55P03; null: none. */
  lockTimeout: string | null;
  source: string;
}

export interface Catalogue {
  settings: Column[];
  /** The checks that bound a setting, as SQL. */
  limits: string[];
  tables: Table[];
  functions: SqlFunction[];
}

/** Reads it from a fresh database; takes a second or two. */
export async function readCatalogue(): Promise<Catalogue> {
  await using server = await startMigratedDatabase(MIGRATIONS);
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  try {
    return {
      settings: (await columnsOf(sql, "sesame.settings")).filter(({ name }) => name !== "id"),
      limits: await limitsOf(sql, "sesame.settings"),
      tables: await readTables(sql),
      functions: await readFunctions(sql),
    };
  } finally {
    await sql.end();
  }
}

async function readTables(sql: Sql): Promise<Table[]> {
  const rows = await sql<Pick<Table, "name" | "comment">[]>`
    select oid::regclass::text as name, obj_description(oid, 'pg_class') as comment
    from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')
    order by relname`;
  return await Promise.all(rows.map(async (row) => ({
    ...row,
    columns: await columnsOf(sql, `public.${row.name}`),
    rights: await rightsOn(sql, `public.${row.name}`),
    triggers: await triggersOf(sql, `public.${row.name}`),
  })));
}

async function columnsOf(sql: Sql, table: string): Promise<TableColumn[]> {
  return await sql<TableColumn[]>`
    select
      attname as name,
      format_type(atttypid, atttypmod) as type,
      pg_get_expr(adbin, adrelid) as fallback,
      col_description(attrelid, attnum) as comment,
      attnotnull and not atthasdef and attidentity = '' as "isRequired"
    from pg_attribute
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped
    order by attnum`;
}

async function limitsOf(sql: Sql, table: string): Promise<string[]> {
  const rows = await sql<{ rule: string }[]>`
    select pg_get_constraintdef(oid, true) as rule
    from pg_constraint
    where conrelid = ${table}::regclass and contype = 'c' and not pg_get_constraintdef(oid) like '%(id)%'
    order by conkey`;
  return rows.map(({ rule }) => rule.replace(/^CHECK \((.*)\)$/, "$1").toLowerCase());
}

/** The rights on the whole table, and on single columns. */
async function rightsOn(sql: Sql, table: string): Promise<Table["rights"]> {
  return await sql<Table["rights"]>`
    with given as (
      select relowner as owner, (aclexplode(relacl)).* from pg_class where oid = ${table}::regclass
      union
      select relowner, (aclexplode(attacl)).* from pg_attribute
      join pg_class on pg_class.oid = attrelid
      where attrelid = ${table}::regclass
    )
    select
      grantee::regrole::text as role,
      string_agg(distinct lower(privilege_type), ', ' order by lower(privilege_type)) as verbs
    from given
    where grantee <> owner and grantee <> 0
    group by grantee
    order by role`;
}

async function triggersOf(sql: Sql, table: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select distinct format('%s.%s', pronamespace::regnamespace, proname) as name
    from pg_trigger
    join pg_proc on pg_proc.oid = tgfoid
    where tgrelid = ${table}::regclass and not tgisinternal
    order by name`;
  return rows.map(({ name }) => name);
}

async function readFunctions(sql: Sql): Promise<SqlFunction[]> {
  const rows = await sql`
    select
      oid,
      format('%s.%s', pronamespace::regnamespace, proname) as name,
      obj_description(oid, 'pg_proc') as comment,
      case when not (proretset and prorettype in ('record'::regtype, 'sesame.token_terms'::regtype))
        then pg_get_function_result(oid) end as returns,
      prorettype::regtype::text as answer,
      prosrc as source,
      (select substr(setting, 14) from unnest(proconfig) as setting where setting like 'lock_timeout=%')
        as "lockTimeout",
      array(
        select grantee::regrole::text
        from aclexplode(proacl)
        where grantee not in (proowner, 0) and has_schema_privilege(grantee, pronamespace, 'usage') order by 1
      ) as callers
    from pg_proc
    where pronamespace in ('public'::regnamespace, 'sesame'::regnamespace)
    order by proname`;
  return await Promise.all(rows.map(async ({ oid, answer, ...row }) => {
    const all = await argumentsOf(sql, oid);
    return {
      ...row,
      arguments: all.filter(({ mode }) => mode !== "t"),
      columns: row.returns !== null
        ? []
        : answer === "record"
        ? all.filter(({ mode }) => mode === "t")
        : await columnsOf(sql, answer),
    } as unknown as SqlFunction;
  }));
}

async function argumentsOf(sql: Sql, oid: number): Promise<(Column & { mode: string })[]> {
  return await sql<(Column & { mode: string })[]>`
    select
      coalesce(proargnames[place], '') as name,
      format_type(type, null) as type,
      case when coalesce(proargmodes[place], 'i') = 'i'
        then pg_get_function_arg_default(oid, place::integer) end as fallback,
      null as comment,
      coalesce(proargmodes[place], 'i') as mode
    from pg_proc
    cross join unnest(coalesce(proallargtypes, proargtypes::oid[])) with ordinality as arg (type, place)
    where oid = ${oid}
    order by place`;
}
