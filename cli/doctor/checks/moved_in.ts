import postgres from "postgres";
import { backfill } from "../../backfill/backfill.ts";
import { readReport, type ReportLine } from "../../backfill/report.ts";
import { type Check, DATABASE, type Finding } from "../check.ts";

/** How many blocks of 8 kB go at once: the default of `backfill`. */
const BLOCKS = 128;

export const movedIn: Check = {
  title: "every row of an old database has come across",
  needs: [DATABASE],
  look: ({ dbUrl }) => using(dbUrl, async (sql) => (await readReport(sql)).flatMap(findingOf)),
  fix: ({ dbUrl }) =>
    using(dbUrl, async (sql) => {
      const { came } = await backfill(sql, BLOCKS, () => {});
      return [`brought ${came} rows of schema legacy across`];
    }),
};

function findingOf({ old_table, state, why, number }: ReportLine): Finding[] {
  if (state === "is to come") {
    const about = `${old_table}: ${number}`;
    return [{ code: "backfill_incomplete", about, plan: `bring the rows of ${about} across` }];
  }
  return state === "stays"
    ? [{ code: "old_row_stays", about: `${old_table}: ${number}, ${why}` }]
    : [];
}

async function using<T>(dbUrl: string | null, ask: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(dbUrl ?? "", { max: 1, onnotice: () => {} });
  try {
    return await ask(sql);
  } finally {
    await sql.end();
  }
}
