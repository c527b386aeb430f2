import { ask } from "../../catalogue/catalogue.ts";
import { type Check, DATABASE } from "../check.ts";

export const cron: Check = {
  title: "what is to run every few minutes is scheduled",
  needs: [DATABASE],
  async look({ dbUrl }) {
    const [row] = await ask(dbUrl ?? "", "select to_regclass('cron.job') as jobs");
    if (row?.jobs === null) return []; // no pg_cron here: any other cron may do it, unseen
    const jobs = await ask(
      dbUrl ?? "",
      "select from cron.job where active and jobname ~ '^sesame'",
    );
    return jobs.length > 0
      ? []
      : [{ code: "cron_unscheduled", about: "sesame's jobs in cron.job" }];
  },
};
