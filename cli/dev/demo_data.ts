/**
 * Something to try in a local database: modules and members, where the app has none yet.
 *
 * They are written into the database of `dev` alone, which ends with it. The app's own files stay as they are.
 *
 * @module
 */

import type postgres from "postgres";
import { divideSql, runStatements, type Statement } from "../../local/sql_file.ts";
import { UserError } from "../../local/terminal.ts";
import { inSchema, PUBLIC } from "../project/schema_name.ts";
import { withDatabase } from "../../local/with_database.ts";

const SEED = new URL("../../supabase/seed.sql", import.meta.url);

/** Adds what is missing, and returns lines that say so; none if the app has modules. */
export async function addDemoData(dbUrl: string, schema = PUBLIC): Promise<string[]> {
  return await withDatabase(
    dbUrl,
    async (sql) => await isEmpty(sql, `${schema}.modules`) ? await addTo(sql, schema) : [],
  );
}

async function addTo(sql: postgres.Sql, schema: string): Promise<string[]> {
  const seed = inSchema(await Deno.readTextFile(SEED), schema);
  const statements = await divideSql(seed, "supabase/seed.sql");
  const isOfMembers = ({ text }: Statement) => text.includes("auth.users");
  await run(sql, statements.filter((statement) => !isOfMembers(statement)));
  const slugs = await sql`select slug from ${sql(schema)}.modules order by id`;
  const members = await isEmpty(sql, "auth.users")
    ? await addMembers(sql, statements.filter(isOfMembers))
    : [];
  return [
    `Your app has no modules yet. To try: ${slugs.map(({ slug }) => slug).join(", ")}.`,
    ...members,
    "They are in this local database only. A module in supabase/seed.sql replaces them.",
  ];
}

/** A trigger of the app's may refuse them. Then the app's own sign-up makes members. */
async function addMembers(sql: postgres.Sql, statements: Statement[]): Promise<string[]> {
  try {
    await run(sql, statements);
    return ['Members to try: ada@example.com and bob@example.com, password "open sesame".'];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [`No member was added, because your database refuses it: ${error.message}`];
  }
}

async function run(sql: postgres.Sql, statements: Statement[]): Promise<void> {
  await sql.begin((transaction) => runStatements(transaction, statements, "supabase/seed.sql"));
}

/** Whether a table is there and has no row. */
async function isEmpty(sql: postgres.Sql, table: string): Promise<boolean> {
  const [there] = await sql`select to_regclass(${table}) is not null as it`;
  if (there?.it !== true) return false;
  const [found] = await sql`select exists (select from ${sql(table)}) as it`;
  return found?.it === false;
}
