/** The jobs of pg_cron that Sesame schedules, as docs/operations.md and the migrations name them. */
export const CRON_JOBS = [
  "sesame-reconcile",
  "sesame-alerts",
  "sesame-purge",
  "sesame-fold",
  "sesame-webhooks",
];
