/** Sends the steps of an order to the database: events and acts, each through the real RPC. */

import type postgres from "postgres";
import type { ReadyStep } from "./ready_order.ts";
import type { Act } from "./scenario.ts";
import { at } from "./stripe/clock.ts";

/** One step in time: its events share one call of the RPC. */
export async function deliver(sql: postgres.Sql, steps: ReadyStep[]): Promise<string[]> {
  const events = steps.flatMap((step) => "event" in step ? step.event : []);
  const failed = events.length === 0 ? [] : await processEvents(sql, events);
  for (const step of steps) if ("act" in step) await perform(sql, step.act, step.userId);
  return failed;
}

/** One call with these events, as JSON texts; returns those that failed. */
export async function processEvents(sql: postgres.Sql, events: string[]): Promise<string[]> {
  const rows = await sql`
    select event_id, detail from public.process_stripe_events(${`[${
    events.join(",")
  }]`}::text::jsonb)
    where outcome = 'failed'`;
  return rows.map(({ event_id, detail }) => `${event_id} failed: ${detail}`);
}

async function perform(sql: postgres.Sql, act: Act, userId: string): Promise<void> {
  switch (act.act) {
    case "grant": {
      const until = act.until === null ? null : new Date(at(act.until) * 1000);
      await sql`select public.grant_module_access(${userId}, ${act.module}, 'test', 'scenario', ${until})`;
      return;
    }
    case "deny":
      await sql`select public.revoke_module_access(${userId}, ${act.module}, 'test', 'scenario', true)`;
      return;
    case "revoke":
      await sql`select public.revoke_module_access(${userId}, ${act.module}, 'test', 'scenario')`;
      return;
    case "verify":
      await sql`
        insert into auth.users (id, email, email_confirmed_at) values (${userId}, ${act.email}, now())
        on conflict (id) do update set last_sign_in_at = now()`;
      return;
    case "map":
      await sql`
        insert into public.module_prices (stripe_price_id, module_id)
        select ${act.price}, id from public.modules where slug = ${act.module}`;
  }
}
