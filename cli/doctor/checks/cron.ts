import { ask } from "../../catalogue/catalogue.ts";
import { type Check, DATABASE } from "../check.ts";

/** As docs/operations.md and the migrations name them. */
const JOBS = ["sesame-reconcile", "sesame-alerts", "sesame-purge"];

export const check: Check = {
  title: "the jobs of Sesame are scheduled",
  codes: ["cron_unscheduled"],
  needs: [DATABASE],
  async look({ dbUrl }) {
    const [row] = await ask(dbUrl ?? "", "select to_regclass('cron.job') as jobs");
    if (row?.jobs === null) return []; // no pg_cron here: another cron may do it, which is not visible from here
    const jobs = await ask(dbUrl ?? "", "select jobname from cron.job where active");
    const scheduled = new Set(jobs.map(({ jobname }) => jobname));
    const missing = JOBS.filter((job) => !scheduled.has(job));
    return missing.length === 0 ? [] : [{ code: "cron_unscheduled", about: missing.join(", ") }];
  },
};
