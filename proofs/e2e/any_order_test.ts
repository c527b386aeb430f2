import assert from "node:assert/strict";
import { say } from "../../local/terminal.ts";
import { toJsonArray } from "../../supabase/functions/_shared/doors/wire.ts";
import { toInboxEvent } from "../../supabase/functions/_shared/inbox.ts";
import type { StripeEvent } from "../../stripe/events.ts";
import { assertFolded, assertGrantsFollow } from "./database_view.ts";
import { send, tally, withAtMost } from "./delivery.ts";
import { grouped, randomFrom, redrawn, shuffled, uuidFrom } from "./random.ts";
import { openStage } from "./stage.ts";
import { ONE_TIME } from "./stories/one_time.ts";
import type { Setting, Story } from "./stories/story.ts";
import { SUBSCRIPTIONS } from "./stories/subscription.ts";

const { stack, sql, moduleId } = await openStage();
await sql`
  insert into public.module_prices (stripe_price_id, module_id)
  select 'price_llama_monthly', id from public.modules where slug = 'llama'`;

const STORIES = [...ONE_TIME, ...SUBSCRIPTIONS];
const OURS = { livemode: false, accounts: new Set<string>() };
const DAY = 86_400;
/** The Unix second of every purchase. Access depends on the facts and not on the time of the test. */
const PURCHASE = 1_800_000_000;
const SEED = 20_261_121;
const RANDOM_ORDERS = 20;

type Order = (events: StripeEvent[]) => StripeEvent[];

/** Every event twice, and all of them forwards, backwards, or in any order. */
function ordersFrom(random: () => number): Order[] {
  const twice = (events: StripeEvent[]) => events.flatMap((event) => [event, event]);
  const anyOrder: Order = (events) => shuffled(twice(events), random);
  return [
    twice,
    (events) => twice(events.toReversed()),
    ...Array.from({ length: RANDOM_ORDERS }, () => anyOrder),
  ];
}

/** A story of one member, with new ids. */
function newCase(story: Story, random: () => number) {
  const at = (days: number) => PURCHASE + Math.round(days * DAY);
  const setting: Setting = { userId: uuidFrom(random), moduleId, at };
  return { ...setting, events: redrawn(story.events(setting), random) };
}

/** Delivers the events of a story; then checks its end. */
async function assertEndsWell(
  { endings }: Story,
  { userId }: ReturnType<typeof newCase>,
  delivering: Promise<void>,
): Promise<void> {
  await delivering;
  for (const { days, modules } of endings) {
    assert.deepEqual(await modulesAt(userId, days), modules, `on day ${days}`);
  }
}

/** The member's modules as they are stored, read as of a day. */
async function modulesAt(userId: string, days: number): Promise<string[]> {
  const rows = await sql`
    select slug, held.is_active, held.metadata ->> 'reason' as reason,
      held.metadata ->> 'reason_after' as reason_after,
      (extract(epoch from held.expires_at)::bigint - ${PURCHASE}) / ${DAY}::float as until
    from public.module_access as held join public.modules on modules.id = held.module_id
    where held.user_id = ${userId} order by slug`;
  return rows.map(({ slug, is_active, reason, reason_after, until }) => {
    if (!is_active) return `${slug} closed ${reason}`;
    if (until === null) return `${slug} open for ever ${reason}`;
    return until <= days
      ? `${slug} closed ${reason_after}`
      : `${slug} open until ${until} ${reason}`;
  });
}

/** Calls the RPC in batches, as the function does. */
async function deliverInBatches(batches: StripeEvent[][]): Promise<void> {
  for (const batch of batches) {
    const events = batch.map((event) => toInboxEvent({ text: JSON.stringify(event), event }, OURS));
    await sql`select from public.process_stripe_events(${toJsonArray(events)}::text::jsonb)`;
  }
}

/** One signed delivery after the other, through the gateway. */
async function deliverOverHttp(events: StripeEvent[]): Promise<void> {
  const answers: string[] = [];
  for (const event of events) {
    answers.push(await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event));
  }
  const words = Object.keys(tally(answers));
  assert.deepEqual(words.filter((word) => !/^200 (applied|ignored|duplicate)$/.test(word)), []);
}

Deno.test("every story gives the expected access in any order, each event twice, on four connections", async (test) => {
  say(`seed ${SEED}: ${STORIES.length} stories in ${RANDOM_ORDERS + 2} orders each`);
  for (const [place, story] of STORIES.entries()) {
    await test.step(story.title, async () => {
      const random = randomFrom(SEED + place);
      // All random choices first, because the timing of four connections is not repeatable.
      const cases = ordersFrom(random).map((order) => {
        const one = newCase(story, random);
        return { one, batches: grouped(order(one.events), 5, random) };
      });
      await withAtMost(
        4,
        cases,
        ({ one, batches }) => assertEndsWell(story, one, deliverInBatches(batches)),
      );
      const objects = cases.flatMap(({ one }) => one.events.map(({ data }) => data.object.id));
      await assertGrantsFollow(sql, objects);
    });
  }
  await assertFolded(sql);
});

Deno.test("every story gives the expected access over HTTP, forwards and backwards", async () => {
  const random = randomFrom(SEED);
  const cases = STORIES.flatMap((story) =>
    ordersFrom(random).slice(0, 2).map((order) => ({ story, order, one: newCase(story, random) }))
  );
  await withAtMost(
    16,
    cases,
    ({ story, order, one }) => assertEndsWell(story, one, deliverOverHttp(order(one.events))),
  );
  await assertFolded(sql);
});
