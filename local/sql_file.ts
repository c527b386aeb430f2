/** One file of SQL: its statements as Postgres' own parser divides them, run one by one. */

import { parse, SqlError } from "libpg-query";
import postgres from "postgres";
import { UserError } from "./terminal.ts";

/** A statement, and the line of its file (from 1) on which its text begins. */
export interface Statement {
  text: string;
  line: number;
}

/** The part of the parser's answer that is used: offsets in bytes, absent if they are 0 or open. */
interface Parsed {
  stmts?: { stmt_location?: number; stmt_len?: number }[];
}

/**
 * Divides a file into its statements, each with the comments before it, as the CLI records them.
 *
 * @throws UserError `path:line: message` where the file is not SQL
 */
export async function divideSql(source: string, path: string): Promise<Statement[]> {
  const bytes = new TextEncoder().encode(source);
  const { stmts = [] } = await parseSql(source, path);
  // A file of nothing but comments is one statement, which does nothing.
  return (stmts.length === 0 ? [{}] : stmts).map(
    ({ stmt_location: from = 0, stmt_len: length }) => {
      const before = new TextDecoder().decode(bytes.subarray(0, from));
      const raw = new TextDecoder().decode(
        bytes.subarray(from, length === undefined ? bytes.length : from + length),
      );
      const skipped = raw.slice(0, raw.length - raw.trimStart().length);
      return { text: raw.trim(), line: lineAt(before + skipped, before.length + skipped.length) };
    },
  );
}

/**
 * Runs the statements in the transaction given.
 *
 * @throws UserError `path:line: message` at the first one that Postgres refuses
 */
export async function runStatements(
  transaction: postgres.TransactionSql,
  statements: Statement[],
  path: string,
): Promise<void> {
  for (const { text, line } of statements) {
    try {
      await transaction.unsafe(text);
    } catch (error) {
      if (!(error instanceof postgres.PostgresError)) throw error;
      const { position, message, detail, hint } = error;
      const at = line + lineAt(text, Number(position ?? 1) - 1) - 1;
      throw new UserError([`${path}:${at}: ${message}`, detail, hint].filter(Boolean).join("\n  "));
    }
  }
}

async function parseSql(source: string, path: string): Promise<Parsed> {
  try {
    return source.trim() === "" ? {} : await parse(source);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const line = lineAt(source, error.sqlDetails?.cursorPosition ?? 0);
    throw new UserError(`${path}:${line}: ${error.message}`);
  }
}

/** The line (from 1) of the character at `offset`. */
function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
