import postgres from "postgres";
import { ask } from "../../catalogue/catalogue.ts";
import { type Check, DATABASE, type Finding } from "../check.ts";

const USED = `
  select count(*)::int as used,
    current_setting('max_connections')::int
      - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true)::int, 0) as most
  from pg_stat_activity
  where backend_type = 'client backend' and pid <> pg_backend_pid()`;

/** From this share on, the next burst finds no free connection. */
const TIGHT = 0.9;

export const check: Check = {
  title: "Postgres has free connections",
  codes: ["connections_exhausted"],
  needs: [DATABASE],
  async look({ dbUrl }): Promise<Finding[]> {
    try {
      const [row] = await ask(dbUrl ?? "", USED);
      const { used, most } = row as unknown as { used: number; most: number };
      return used < TIGHT * most
        ? []
        : [{ code: "connections_exhausted", about: `${used} of ${most}` }];
    } catch (error) {
      if (!(error instanceof postgres.PostgresError) || error.code !== "53300") throw error;
      return [{ code: "connections_exhausted", about: "no further one was accepted" }];
    }
  },
};
