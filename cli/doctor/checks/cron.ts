import { ask } from "../../catalogue/catalogue.ts";
import { CRON_JOBS } from "../../project/cron_jobs.ts";
import { type Check, DATABASE } from "../check.ts";

export const check: Check = {
  title: "the jobs of Sesame are scheduled",
  codes: ["cron_unscheduled"],
  needs: [DATABASE],
  async look({ dbUrl }) {
    const [row] = await ask(dbUrl ?? "", "select to_regclass('cron.job') as jobs");
    if (row?.jobs === null) return []; // without pg_cron another cron may run the jobs, and the doctor cannot see it
    const jobs = await ask(dbUrl ?? "", "select jobname from cron.job where active");
    const scheduled = new Set(jobs.map(({ jobname }) => jobname));
    const missing = CRON_JOBS.filter((job) => !scheduled.has(job));
    return missing.length === 0 ? [] : [{ code: "cron_unscheduled", about: missing.join(", ") }];
  },
};
