import assert from "node:assert/strict";
import type { Fact } from "../_shared/facts/kinds.ts";
import type { EventOutcome } from "../_shared/inbox_event.ts";
import { inboxEvent } from "../_shared/testing.ts";
import { eventApplier, readingFromStripe, sessionIn } from "./read_from_stripe.ts";

function session(subscription_id: string | null): Fact {
  return { kind: "checkout_session", id: "cs_1", subscription_id } as Fact;
}

Deno.test("a session is read with its subscription, which says what is open", async () => {
  const asked: string[] = [];
  const readFromStripe = readingFromStripe(({ id, account, itself }) => {
    asked.push(`${id} ${account} ${itself}`);
    return Promise.resolve([
      inboxEvent(`fetch_${id}`, id === "cs_1" ? { facts: [session("sub_1")] } : {}),
    ]);
  });
  const events = await readFromStripe("cs_1");
  assert.deepEqual(asked, ["cs_1 null true", "sub_1 null true"]);
  assert.deepEqual(events.map(({ id }) => id), ["fetch_cs_1", "fetch_sub_1"]);
  assert.equal(sessionIn(events)?.id, "cs_1");
});

Deno.test("the payments of an incomplete subscription are read, from the subscription or from its session", async () => {
  const incomplete = { kind: "subscription", id: "sub_1", status: "incomplete" } as Fact;
  const facts: Record<string, Fact> = {
    cs_1: session("sub_1"),
    sub_1: { ...incomplete, latest_invoice_id: "in_1" } as Fact,
    sub_2: { ...incomplete, latest_invoice_id: null } as Fact,
    sub_3: { ...incomplete, status: "active", latest_invoice_id: "in_3" } as Fact,
  };
  const readFromStripe = readingFromStripe(({ id }) => {
    const fact = facts[id];
    return Promise.resolve([
      inboxEvent(`fetch_${id}`, fact === undefined ? {} : { facts: [fact] }),
    ]);
  });
  const seen = async (id: string) => (await readFromStripe(id)).map(({ id }) => id);
  assert.deepEqual(await seen("sub_1"), ["fetch_sub_1", "fetch_in_1/payments"]);
  assert.deepEqual(await seen("cs_1"), ["fetch_cs_1", "fetch_sub_1", "fetch_in_1/payments"]);
  assert.deepEqual(await seen("sub_2"), ["fetch_sub_2"]);
  assert.deepEqual(await seen("sub_3"), ["fetch_sub_3"]);
});

Deno.test("any other object is read alone; a missing one gives no events", async () => {
  assert.equal(sessionIn(await readingFromStripe(() => Promise.resolve([]))("cs_1")), null);
  const one = await readingFromStripe(() => Promise.resolve([inboxEvent("fetch_sub_1")]))("sub_1");
  assert.equal(one.length, 1);
});

Deno.test("events are sent to Postgres in one call; without events there is no call", async () => {
  const calls: number[] = [];
  const apply = eventApplier((events) => {
    calls.push(events.length);
    return Promise.resolve([]);
  });
  await apply([]);
  await apply([inboxEvent("fetch_1"), inboxEvent("fetch_2")]);
  assert.deepEqual(calls, [2]);
});

Deno.test("an event that could not be applied throws", async () => {
  const failed: EventOutcome = { event_id: "x", outcome: "failed", detail: "23514", fetch: null };
  const apply = eventApplier(() => Promise.resolve([failed]));
  await assert.rejects(apply([inboxEvent("x")]), { code: "internal", more: { reason: "23514" } });
});
