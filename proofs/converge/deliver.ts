/** Sends the steps of an order to the database: events and acts, each through the real RPC. */

import type postgres from "postgres";
import { untilFolded } from "../../supabase/functions/_shared/doors/until_folded.ts";
import type { ReadyStep } from "./ready_order.ts";
import type { Act } from "./scenario.ts";
import { at } from "./stripe/clock.ts";

/** Sends events, as JSON texts, in one call or more. Returns the events that failed. */
export type Send = (sql: postgres.Sql, events: string[]) => Promise<string[]>;

/** A second call that is repeated more often than this would never end. */
const MOST_CALLS = 20;

/** One step in time: its events share one call of the RPC. */
export async function deliver(
  sql: postgres.Sql,
  steps: ReadyStep[],
  send: Send = processEvents,
): Promise<string[]> {
  const events = steps.flatMap((step) => "event" in step ? step.event : []);
  const failed = events.length === 0 ? [] : await send(sql, events);
  for (const step of steps) if ("act" in step) await perform(sql, step.act, step.userId);
  return failed;
}

/** One call with these events, and a second one if the fold was busy. */
export const processEvents: Send = async (sql, events) =>
  failuresIn(await folded(sql, process(sql, events)));

/** One call for each event. */
export const processSingly: Send = async (sql, events) => {
  const failed: string[] = [];
  for (const event of events) failed.push(...await processEvents(sql, [event]));
  return failed;
};

/** One call that waits for the fold itself, as a caller of release 0.1.0 does. */
export const processAtOnce: Send = async (sql, events) =>
  failuresIn(
    await sql<Row[]>`
      select event_id, outcome, detail
      from public.process_stripe_events(${`[${events.join(",")}]`}::text::jsonb)`,
  );

/**
 * Sends events while another connection folds, so that they are stored first. The second half comes either
 * during that time too, or right after it, before the first half is asked for again.
 */
export function processWhileBusy(other: postgres.Sql): Send {
  let turn = 0;
  return async (sql, events) => {
    const half = Math.ceil(events.length / 2);
    const [first, second] = [events.slice(0, half), events.slice(half)];
    const isLate = ++turn % 2 === 0;
    const [stored, more] = await other.begin(async (transaction) => {
      await transaction`select sesame.lock_fold()`;
      return [await process(sql, first), isLate ? [] : await process(sql, second)];
    });
    const late = isLate ? await process(sql, second) : more;
    return [
      ...failuresIn(await folded(sql, Promise.resolve(late))),
      ...failuresIn(await folded(sql, Promise.resolve(stored))),
    ];
  };
}

/**
 * Sends events as `reconcile` replays those that took longer than a call may: what they touch is folded part
 * by part.
 */
export const processByParts: Send = async (sql, events) => {
  const given = `[${events.join(",")}]`;
  await sql`
    select sesame.store_events(given, (
      select jsonb_object_agg(event ->> 'id', '57014') from jsonb_array_elements(given) as event
    ))
    from (select ${given}::text::jsonb as given) as call`;
  const rows = await sql<Row[]>`
    select event_id, outcome, detail
    from public.process_stripe_events((
      select jsonb_agg(event || jsonb_build_object('by_parts', failed.by_parts))
      from jsonb_array_elements(${given}::text::jsonb) as event
      cross join public.sesame_failed_event(event ->> 'id') as failed
    ))`;
  const [left] = await sql`select exists (select from sesame.unfolded_objects) as it`;
  // Nothing depends on a price that is known already, nor on what is for sale.
  const hasObjects = events.some((event) =>
    JSON.parse(event).facts?.some(({ kind }: { kind: string }) => !IDLE.includes(kind))
  );
  const atOnce = hasObjects && left?.it !== true ? ["a replay was not folded by parts"] : [];
  return [...failuresIn(rows), ...atOnce];
};

const IDLE = ["price", "price_listing", "product"];

/** The columns of an answer that are looked at. */
interface Row {
  event_id: string;
  outcome: string;
  detail: string | null;
}

async function process(sql: postgres.Sql, events: string[]): Promise<Row[]> {
  return await sql<Row[]>`
    select event_id, outcome, detail
    from public.process_stripe_events(${`[${events.join(",")}]`}::text::jsonb, true)`;
}

async function folded(sql: postgres.Sql, first: Promise<Row[]>): Promise<Row[]> {
  let calls = 0;
  const fold = async (ids: string[]) => {
    if (++calls > MOST_CALLS) {
      throw new Error(`still received after ${MOST_CALLS} calls: ${ids[0]}`);
    }
    return await sql`
      select event_id, outcome, detail from public.fold_received_events(${ids})`;
  };
  return await untilFolded(first, fold) as Row[];
}

function failuresIn(rows: Row[]): string[] {
  return rows.filter(({ outcome }) => outcome === "failed")
    .map(({ event_id, detail }) => `${event_id} failed: ${detail}`);
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
