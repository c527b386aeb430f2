import assert from "node:assert/strict";
import { inboxEvent } from "../../supabase/functions/_shared/testing.ts";
import { toJsonArray } from "../../supabase/functions/_shared/doors/wire.ts";
import { openStage } from "./stage.ts";

const { sql } = await openStage();

Deno.test(
  "a connection that saw the inbox empty does not read all of it once it is full",
  async () => {
    const connection = await sql.reserve();
    for (let turn = 0; turn < 500; turn++) {
      const json = toJsonArray([inboxEvent(`evt_${turn}`)]);
      await connection`select from public.process_stripe_events(${json}::text::jsonb)`;
    }
    await connection`select pg_stat_force_next_flush()`;
    connection.release();
    const [read] = await sql`
    select idx_tup_read::int as rows from pg_catalog.pg_stat_user_indexes
    where indexrelname = 'stripe_events_pkey'`;
    assert.ok(read?.rows < 10 * 500, `${read?.rows} index entries for 500 deliveries`);
  },
);
