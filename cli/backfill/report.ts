/** What happens to the rows and columns of an old database, and to later writes of the site's own code. */

import type { ISql } from "postgres";

export interface ReportLine {
  old_table: string;
  state: string;
  /** Null: there is nothing to explain. */
  why: string | null;
  number: number | null;
}

export interface RowLine {
  old_table: string;
  old_id: string | null;
  state: string;
  why: string | null;
}

export interface ColumnLine {
  of_table: string;
  name: string;
  type: string | null;
  state: string;
  why: string | null;
}

/** The whole report of a rehearsal. */
export interface Forecast {
  report: ReportLine[];
  rows: RowLine[];
  /** There are more rows than are listed. */
  isCut: boolean;
  columns: ColumnLine[];
  /** The type of the ids that tokens had. */
  tokenIds: string | null;
}

/** How many rows are listed one by one. */
const LISTED = 200;

export async function readReport(sql: ISql): Promise<ReportLine[]> {
  const rows = await sql<ReportLine[]>`
    select old_table, state, why, number::float8 as number from sesame.moving_in_report()`;
  return [...rows];
}

export async function readForecast(sql: ISql): Promise<Forecast> {
  // Rows that need attention come first.
  const rows = await sql<RowLine[]>`
    select old_table, old_id, state, why from sesame.moving_in_rows()
    order by array_position('{stays,waits,is to come,came}', state), old_table, old_id limit ${
    LISTED + 1
  }`;
  const columns = await sql<ColumnLine[]>`
    select of_table, name, type, state, why from sesame.old_columns() where state <> 'is read'`;
  const [ids] = await sql`
    select format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = to_regclass('legacy.access_tokens') and attname = 'id'`;
  return {
    report: await readReport(sql),
    rows: rows.slice(0, LISTED),
    isCut: rows.length > LISTED,
    columns: [...columns],
    tokenIds: ids?.type ?? null,
  };
}

export function reportInWords(report: ReportLine[]): string[] {
  if (report.length === 0) return ["  there is no old database here"];
  return report.map(({ old_table, state, why, number }) => {
    const count = number === null ? "" : number.toLocaleString("en").padStart(12);
    return `  ${old_table.padEnd(16)} ${state.padEnd(14)}${count}${why === null ? "" : `  ${why}`}`;
  });
}

export function forecastInWords(forecast: Forecast): string[] {
  const counted = ["Old rows, counted:", ...reportInWords(forecast.report)];
  if (forecast.report.length === 0) return counted;
  return [
    ...counted,
    "",
    "Row by row:",
    ...forecast.rows.map(inWords),
    ...forecast.isCut ? ["  … and more: select * from sesame.moving_in_rows()"] : [],
    "",
    "Columns that Sesame does not have:",
    ...forecast.columns.map(columnInWords),
    "",
    "Effect of the site's own writes after the push:",
    ...writesInWords(forecast),
  ];
}

function inWords({ old_table, old_id, state, why }: RowLine): string {
  return `  ${old_table.padEnd(16)} ${(old_id ?? "").padEnd(38)} ${state}${
    why === null ? "" : `: ${why}`
  }`;
}

function columnInWords({ of_table, name, type, state, why }: ColumnLine): string {
  const details = [type, why].filter((word) => word !== null).join(", ");
  return `  ${`${of_table}.${name}`.padEnd(32)} ${state.padEnd(17)} ${details}`;
}

/** One line for each kind of write; functions of the site's own are in the report, by their names. */
function writesInWords({ tokenIds }: Forecast): string[] {
  return [
    ["insert into module_access", "adds a source of access, beside the purchases at Stripe"],
    ["upsert into module_access", "like an insert; on (user_id, module_id)"],
    [
      "update of module_access",
      "opens, closes or limits the module; the site's own columns as before",
    ],
    ["delete from module_access", "closes the access of the row"],
    ["insert into access_tokens", "as before, with its own columns, and opens access at once"],
    ...tokenIds === null || tokenIds === "uuid" ? [] : [[
      "… with an id of its own",
      `refused (22P02): an id was ${tokenIds} and is a uuid now; leave it out`,
    ]],
    ["insert into modules", "as before; its slug is made of its name or title"],
    ["user_id, created_by", "a uuid; if only an address is known, use access_tokens.user_ref"],
  ].map(([write = "", effect = ""]) => `  ${write.padEnd(27)} ${effect}`);
}
