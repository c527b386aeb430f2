/** What became of the rows of an old database, counted. */

import type { Sql } from "postgres";
import { say } from "../../local/terminal.ts";

export interface ReportLine {
  old_table: string;
  state: string;
  /** Null where there is nothing to explain. */
  why: string | null;
  number: number | null;
}

export async function readReport(sql: Sql): Promise<ReportLine[]> {
  const rows = await sql<ReportLine[]>`
    select old_table, state, why, number::float8 as number from sesame.moving_in_report()`;
  return [...rows];
}

export function showReport(report: ReportLine[]): void {
  if (report.length === 0) say("  there is no old database here");
  for (const { old_table, state, why, number } of report) {
    const count = number === null ? "" : number.toLocaleString("en").padStart(12);
    say(`  ${old_table.padEnd(16)} ${state.padEnd(14)}${count}${why === null ? "" : `  ${why}`}`);
  }
}
