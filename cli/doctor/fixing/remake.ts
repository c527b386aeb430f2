/** Creates objects again, with the statements of their migrations. */

import postgres from "postgres";
import { withDatabase } from "../../../local/with_database.ts";
import { divideSql } from "../../../local/sql_file.ts";
import type { Drift } from "../drift_between.ts";
import type { Project } from "../project.ts";
import { statementsOf } from "../drift_findings.ts";

const ROLES = ["public", "anon", "authenticated", "service_role", "sesame_webhook"].join(", ");

/** Statements that may run again: they make an object or set its rights, and change no row. */
const SAFE =
  /^(create (or replace )?(table|view|type|policy|trigger|function|index|unique index)|alter table \S+ enable row level security|grant|revoke|select sesame\.revoke_default_grants|comment on)\b/;

/** SQLSTATEs that mean that an object already exists. */
const THERE: ReadonlySet<string> = new Set(["42P07", "42710", "42723"]);

/** Runs everything in one transaction. Returns the statements that were refused. */
export async function remake(project: Project, drifts: Drift[]): Promise<string[]> {
  const statements = await safeStatements(project);
  return await withDatabase(project.dbUrl ?? "", (sql) =>
    sql.begin(async (transaction) => {
      for (const drift of drifts) await runAll(transaction, clearing(drift));
      const refused = await runStatements(transaction, statements);
      for (const drift of drifts) await runAll(transaction, finishing(drift));
      await transaction`notify pgrst, 'reload schema'`;
      return refused;
    }));
}

/** Objects that must be dropped first, because their statement alone would not replace them. */
function clearing(drift: Drift): string[] {
  const { kind, name, actual } = drift;
  const statements = statementsOf(drift);
  if (statements.length > 0) return statements;
  if (kind === "column grants") return [revokeOn(tableOf(name))];
  if (actual === null) return [];
  const [table = "", part = ""] = name.split(" ");
  switch (kind) {
    case "policy":
      return [`drop policy ${quoted(part)} on ${table}`];
    case "trigger":
      return [`drop trigger ${quoted(part)} on ${table}`];
    case "index":
      return [`drop index ${name}`];
    case "grants":
      return [revokeOn(name)];
    case "execution":
      return [`revoke all on function ${name} from ${ROLES}`];
    default:
      return [];
  }
}

/** Objects that have no statement of their own. */
function finishing({ kind, name, expected }: Drift): string[] {
  const [table = "", second = "", third = ""] = name.split(" ");
  if (kind === "firing") return [`alter table ${table} enable trigger ${quoted(second)}`];
  if (kind !== "constraint" || table === "-") return [];
  return [
    `alter table ${table} drop constraint if exists ${quoted(third)}`,
    `alter table ${table} add constraint ${quoted(third)} ${expected}`,
  ];
}

async function runStatements(
  sql: postgres.TransactionSql,
  statements: string[],
): Promise<string[]> {
  const refused: string[] = [];
  for (const statement of statements) {
    try {
      await sql.savepoint((inner) => inner.unsafe(statement));
    } catch (error) {
      if (!(error instanceof postgres.PostgresError)) throw error;
      if (!THERE.has(error.code)) refused.push(`not done: ${headOf(statement)} (${error.code})`);
    }
  }
  return refused;
}

async function safeStatements({ migrations, asInstalled }: Project): Promise<string[]> {
  const files = (await Array.fromAsync(Deno.readDir(migrations))).map(({ name }) => name)
    .filter((name) => name.endsWith(".sql")).sort();
  const divided = await Promise.all(
    files.map(async (file) =>
      divideSql(asInstalled(await Deno.readTextFile(new URL(file, migrations))), file)
    ),
  );
  return divided.flat()
    .map(({ text }) => text.replace(/^(\s*--[^\n]*\n)+\s*/, ""))
    .filter((text) => SAFE.test(text))
    .map((text) => text.replace(/^create (function|view|trigger)\b/, "create or replace $1"));
}

async function runAll(sql: postgres.TransactionSql, statements: string[]): Promise<void> {
  for (const statement of statements) await sql.unsafe(statement);
}

function revokeOn(relation: string): string {
  return `revoke all on ${relation} from ${ROLES}`;
}

/** The table that a column's name begins with. */
function tableOf(column: string): string {
  return column.split(".").slice(0, -1).join(".");
}

function headOf(statement: string): string {
  return statement.split(/[\n(]/)[0]?.trim() ?? "";
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
