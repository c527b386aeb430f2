/**
 * Runs one pgTAP file as psql would: in a session of its own, statement by statement.
 *
 * @module
 */

import { inSchema, PUBLIC } from "../project/schema_name.ts";
import { messageOf } from "../../local/terminal.ts";
import postgres from "postgres";
import { divideSql, type Statement } from "../../local/sql_file.ts";
import { judgeTap, type Verdict } from "./judge_tap.ts";
import { readScript, ScriptError } from "./read_script.ts";

/** One file, run: its verdict and all that it printed. */
export interface FileReport extends Verdict {
  file: string;
  output: string;
}

/** Sends a test file, for this exposed schema, to Postgres and judges what comes back. */
export async function runFile(file: string, dbUrl: string, schema = PUBLIC): Promise<FileReport> {
  const printed: string[] = [];
  const session = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    const breakdown = await runScript(file, schema, session, printed).then(() => null, messageOf);
    const output = printed.join("\n") + "\n";
    return { file, output, ...await judgeTap(output, breakdown) };
  } finally {
    await session.end();
  }
}

async function runScript(
  file: string,
  schema: string,
  session: postgres.Sql,
  printed: string[],
): Promise<void> {
  for (const part of await readScript(file)) {
    for (const statement of await divideSql(inSchema(part.text, schema), part.file)) {
      const rows = session.unsafe(statement.text).simple().raw();
      // Row by row, to keep the output of a statement before its error.
      await rows.forEach((row) => printed.push(asPsqlPrints(row))).catch((error) => {
        throw located(error, part.file, statement);
      });
    }
  }
}

/** The shape of `psql --no-align --tuples-only`. */
function asPsqlPrints(row: Iterable<Uint8Array | null>): string {
  const cell = (bytes: Uint8Array | null) => bytes === null ? "" : new TextDecoder().decode(bytes);
  return Array.from(row, cell).join("|");
}

function located(error: unknown, file: string, { text, line }: Statement): unknown {
  if (!(error instanceof postgres.PostgresError)) return error;
  const before = text.slice(0, Number(error.position ?? 1) - 1);
  const place = `${file}:${line + before.split("\n").length - 1}`;
  const more = [error.detail, error.hint, error.where].filter(Boolean);
  return new ScriptError([`${place}: ${error.code} ${error.message}`, ...more].join("\n"));
}
