/** Calls Postgres through a door, without the webhook. */

import assert from "node:assert/strict";
import { toInboxEvent } from "../../supabase/functions/_shared/inbox.ts";
import type { Door } from "../../supabase/functions/_shared/rpc.ts";
import { openDoor } from "../../supabase/functions/_shared/rpc.ts";
import { checkoutSessionCompleted, newPurchase } from "../../stripe/events.ts";
import type { Stage } from "./stage.ts";

/** The driver closes its socket on its own time, after the call has settled. */
export const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false };

export function openDirectDoor(url: string): Door {
  return openDoor({ kind: "direct", url });
}

/** Opens the module for a new user. Returns the outcome, or the code and the reason of the refusal. */
export async function callOnce(door: Door, { moduleId }: Stage): Promise<string> {
  const event = checkoutSessionCompleted(
    newPurchase({ userId: crypto.randomUUID(), moduleId }),
  );
  const ours = { livemode: false, accounts: new Set<string>() };
  try {
    const [row] = await door([toInboxEvent({ text: JSON.stringify(event), event }, ours)]);
    return row?.outcome ?? "nothing";
  } catch (error) {
    const { code, more } = error as { code: string; more: { reason: string } };
    return `${code} ${more.reason}`;
  }
}

/**
 * Runs `work` while each call takes twenty seconds inside Postgres.
 *
 * A lock would be given up after three: process_stripe_events has a lock_timeout of its own.
 */
async function whilePostgresIsSlow(
  { sql }: Stage,
  work: () => Promise<void>,
): Promise<void> {
  await sql.unsafe(`
    create function slow_down() returns trigger language plpgsql as
      $$ begin perform pg_sleep(20); return null; end $$;
    create trigger slow_down before insert on sesame.stripe_events execute function slow_down()`);
  await work().finally(() => sql`drop function slow_down cascade`);
}

/** How many backends of the webhook's role are running a query. */
async function backendsAtWork({ sql }: Stage): Promise<number> {
  const [row] = await sql`
    select count(*)::int as count from pg_stat_activity
    where usename = 'sesame_webhook' and state <> 'idle'`;
  return row?.count;
}

/** Checks that Postgres ends a call that hangs, that no backend continues, and that the next call is applied. */
export async function assertHangIsEnded(door: Door, stage: Stage): Promise<void> {
  assert.equal(await callOnce(door, stage), "applied");
  await whilePostgresIsSlow(stage, async () => {
    assert.equal(await callOnce(door, stage), "unavailable 57014");
    assert.equal(await backendsAtWork(stage), 0, "none works on for a webhook that has gone");
  });
  assert.equal(await callOnce(door, stage), "applied");
}
