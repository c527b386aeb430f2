/** What the warm-up of an idle connection leaves to plan, and that it leaves nothing else behind. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { startMigratedDatabase } from "../../local/migrated_database.ts";
import { applySeed } from "../../local/migrations.ts";
import { processOn } from "../../supabase/functions/_shared/doors/direct_door.ts";
import { planningOn, warmingUp } from "../../supabase/functions/_shared/doors/warm_up.ts";
import { startCounting } from "../bench/runs.ts";
import { storyEvents, takeEvents } from "../bench/stories.ts";
import { inboxEventOf } from "../bench/targets.ts";

const SUPABASE = new URL("../../supabase/", import.meta.url);

/** Planning these takes most of the time: each is a union over all kinds of objects. */
const LARGE_VIEWS = ["derived_grants", "dependents", "pending_fetches", "access_rows"];

Deno.test("the warm-up of an idle connection", async (test) => {
  await using server = await startMigratedDatabase(new URL("migrations/", SUPABASE));
  await applySeed(server.url, new URL("seed.sql", SUPABASE));
  await startCounting(server);
  await using sql = connect(server.adminUrl);
  await sql`alter system set pg_stat_statements.track_planning = on`;
  await sql`select pg_reload_conf()`;
  const stories = storyEvents("mix");
  for (const event of takeEvents(stories, 64)) await processOn(sql, true, [inboxEventOf(event)]);

  /** The large views that the first call of a connection plans, for an event of each type. */
  async function planned(prepare: (fresh: postgres.Sql) => Promise<void>): Promise<string[]> {
    const events = new Map(takeEvents(stories, 320).map((event) => [event.type, event]));
    assert.equal(events.size, 6);
    const views: string[] = [];
    for (const event of events.values()) {
      await using fresh = connect(server.adminUrl);
      await prepare(fresh);
      await sql`select bench.pg_stat_statements_reset()`;
      await processOn(fresh, true, [inboxEventOf(event)]);
      const rows = await sql`select query from bench.pg_stat_statements where plans > 0`;
      const queries = rows.map(({ query }) => query).join("\n");
      const found = LARGE_VIEWS.filter((view) => queries.includes(`sesame.${view}`));
      views.push(...found.map((view) => `${event.type}: ${view}`));
    }
    return views;
  }

  await test.step("without it, the first event of each type plans large views", async () => {
    const views = await planned(async () => {});
    assert.equal(new Set(views.map((view) => view.split(":")[0])).size, 6);
  });

  await test.step("after it, none does", async () => {
    const warmUp = (fresh: postgres.Sql) => warmingUp(planningOn(fresh), () => true)(0);
    assert.deepEqual(await planned(warmUp), []);
  });

  await test.step("it writes nothing, and does not take the lock of the fold", async () => {
    let part: number | null = 1;
    while (part !== null) {
      part = await sql.begin(async (transaction) => {
        const next = await planningOn(transaction)(part!);
        const [left] = await transaction`
          select
            pg_current_xact_id_if_assigned()::text as written,
            (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`;
        assert.deepEqual({ ...left }, { written: null, locks: 0 });
        return next;
      });
    }
  });
});

function connect(url: string): postgres.Sql & AsyncDisposable {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return Object.assign(sql, { [Symbol.asyncDispose]: () => sql.end() });
}
