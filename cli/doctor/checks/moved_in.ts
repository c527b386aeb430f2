import { withDatabase } from "../../../local/with_database.ts";
import { backfill } from "../../backfill/backfill.ts";
import { readReport, type ReportLine } from "../../backfill/report.ts";
import { type Check, DATABASE, type Finding } from "../check.ts";

/** How many blocks of 8 kB are copied at once, as in `deno task backfill`. */
const BLOCKS = 128;

export const check: Check = {
  title: "every row of an old database is copied",
  codes: ["backfill_incomplete", "old_row_stays"],
  needs: [DATABASE],
  look: ({ dbUrl }) =>
    withDatabase(dbUrl ?? "", async (sql) => (await readReport(sql)).flatMap(findingOf)),
  fix: ({ dbUrl, watch }) =>
    withDatabase(dbUrl ?? "", async (sql) => {
      const { came } = await backfill(sql, BLOCKS, watch);
      return [`copied ${came} rows of schema legacy`];
    }),
};

function findingOf({ old_table, state, why, number }: ReportLine): Finding[] {
  if (state === "is to come") {
    const about = `${old_table}: ${number}`;
    return [{ code: "backfill_incomplete", about, plan: `copy the rows of ${about}` }];
  }
  return state === "stays"
    ? [{ code: "old_row_stays", about: `${old_table}: ${number}, ${why}` }]
    : [];
}
