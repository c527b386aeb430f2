/** What stands in the way in a database, where one is named. Nothing is changed there. */

import postgres from "postgres";
import type { Source } from "../../supabase/functions/_shared/env.ts";
import { databaseUrlOf } from "../environment.ts";
import { UserError } from "../../local/terminal.ts";
import { withDatabase } from "../../local/with_database.ts";
import { hasHistory, hasSesame } from "../project/database.ts";
import type { AddOptions, MoveIn } from "../project/manifest.ts";
import { isOurMigration } from "../project/migrations.ts";
import { chapterNames, readBook } from "../project/release.ts";
import { PUBLIC } from "../project/schema_name.ts";
import { type Obstacles, OWN_SCHEMA } from "./clashes.ts";
import { settingOf } from "./move_in.ts";

export interface DatabaseFindings extends Obstacles {
  /** True: the database has Sesame by the chapters of a clone, all of this version's. */
  hasChapters: boolean;
}

/** The lines of the first chapter's list; null, where no database is named. */
export async function examineDatabase(
  source: Source,
  { moveIn, schema = PUBLIC }: Pick<AddOptions, "moveIn" | "schema">,
): Promise<DatabaseFindings | null> {
  const dbUrl = databaseUrlOf(source);
  if (dbUrl === null) return null;
  return await withDatabase(dbUrl, async (sql) => {
    if (!await hasSesame(sql)) {
      return { ...await rehearse(sql, moveIn, schema), hasChapters: false };
    }
    // The chapters of a clone are for schema public.
    const hasChapters = schema === PUBLIC && await remembersChapters(sql);
    return { clashes: hasChapters ? [] : [INSTALLED], moves: [], hasChapters };
  });
}

/** Whether the history has every chapter, and no migration of `add`. */
async function remembersChapters(sql: postgres.Sql): Promise<boolean> {
  if (!await hasHistory(sql)) return false;
  const rows =
    await sql`select version || '_' || name || '.sql' as name from supabase_migrations.schema_migrations`;
  const names = rows.map(({ name }) => String(name));
  return !names.some(isOurMigration) &&
    (await chapterNames()).every((name) => names.includes(name));
}

const INSTALLED =
  "The database of SUPABASE_DB_URL has Sesame already, and this project does not. " +
  "Find the repository that added it, or the clone that pushed it, and go on from there.";

/** Runs the first chapter, which checks all preconditions and moves old tables, and undoes it. */
async function rehearse(
  sql: postgres.Sql,
  moveIn: MoveIn | undefined,
  schema: string,
): Promise<Obstacles> {
  const [first] = await readBook(schema);
  const setting = moveIn === undefined ? "" : settingOf(moveIn);
  const undone = new Error("undone");
  let moves: string[] = [];
  try {
    await sql.begin(async (transaction) => {
      // The site's own queries wait while its tables are locked for the move.
      await transaction.unsafe(`set local lock_timeout = '3s'; ${setting}`).simple();
      await transaction.unsafe(first?.text ?? "").simple();
      if (moveIn !== undefined) moves = await movedIn(transaction);
      throw undone;
    });
  } catch (error) {
    if (error !== undone) return { clashes: withWayOn(listOf(error), schema), moves: [] };
  }
  return { clashes: [], moves };
}

function withWayOn(lines: string[], schema: string): string[] {
  const isTaken = lines.some((line) => line.startsWith("names that Sesame needs"));
  return schema === PUBLIC && isTaken ? [...lines, OWN_SCHEMA] : lines;
}

async function movedIn(sql: postgres.TransactionSql): Promise<string[]> {
  const rows = await sql`
    select pg_describe_object('pg_class'::regclass, oid, 0) as title
    from pg_class where relnamespace = to_regnamespace('legacy') and relkind in ('r', 'p', 'v', 'm', 'f')
    union all
    select pg_describe_object('pg_proc'::regclass, oid, 0) from pg_proc where pronamespace = to_regnamespace('legacy')
    order by title`;
  return rows.map(({ title }) => title.replace("legacy.", "public."));
}

function listOf(error: unknown): string[] {
  if (!(error instanceof postgres.PostgresError)) throw error;
  switch (error.code) {
    case "SE010":
      return (error.detail ?? "").split("\n- ").map((line) => line.replace(/^- /, ""));
    case "55P03":
      throw new UserError(
        "The old tables are in use, so what moves cannot be listed. Run it again in a quiet moment.",
      );
    default:
      throw error;
  }
}
