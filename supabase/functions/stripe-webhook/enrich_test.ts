import assert from "node:assert/strict";
import { translate } from "../_shared/facts/translate.ts";
import type { FetchObject, Wanted } from "../_shared/stripe/fetching.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import type { LogLine } from "../_shared/log.ts";
import { inboxEvent } from "../_shared/testing.ts";
import { enriching, wantedWith } from "./enrich.ts";

const THIN = inboxEvent("evt_1", { type: "v1.customer.subscription.updated", object_id: "sub_1" });

/** A checkout paid by card for a price. A test replaces some of its fields. */
function checkout(fields: Record<string, unknown> = {}, type = "checkout.session.completed") {
  const sold = { mode: "payment", status: "complete", payment_status: "paid" };
  const object = { id: "cs_1", ...sold, ...fields };
  const facts = translate({ type, data: { object } });
  return inboxEvent("evt_1", { type, object_id: "cs_1", facts });
}

/** Enriches an event with a Stripe for this test. */
async function enriched(event: InboxEvent, fetchObject: FetchObject, budget?: number) {
  const later: Wanted[] = [];
  const lines: LogLine[] = [];
  const limit = budget === undefined ? {} : { budget };
  const enrich = enriching({
    fetchObject,
    follow: (wanted) => later.push(...wanted),
    write: (line) => lines.push(line),
    ...limit,
  });
  return { beside: await enrich(event), later, lines };
}

Deno.test("a session that only its prices identify is read, paid or not yet paid", () => {
  const wanted = { id: "cs_1", account: null, itself: true };
  assert.deepEqual(wantedWith(checkout()), wanted);
  assert.deepEqual(wantedWith(checkout({ payment_status: "unpaid" })), wanted);
  assert.deepEqual(wantedWith(checkout({ payment_status: "no_payment_required" })), wanted);
  assert.deepEqual(wantedWith(checkout({ line_items: { data: [], has_more: true } })), wanted);
});

Deno.test("a session that names its module or its prices, or sells nothing, is not read", () => {
  const enough = [
    checkout({ metadata: { module_id: "intro" } }),
    checkout({ line_items: { data: [{ price: "price_a" }], has_more: false } }),
    checkout({ mode: "subscription" }),
    checkout({ mode: "setup" }),
    checkout({ status: "expired", payment_status: "unpaid" }, "checkout.session.expired"),
    checkout({ payment_status: "unpaid" }, "checkout.session.async_payment_failed"),
    inboxEvent("evt_1", { object_id: "in_1" }),
  ];
  for (const event of enough) assert.equal(wantedWith(event), null);
});

Deno.test("the object of a thin event is read from the event's account", () => {
  assert.deepEqual(wantedWith(THIN), { id: "sub_1", account: null, itself: true });
  assert.equal(wantedWith({ ...THIN, account: "acct_1" })?.account, "acct_1");
  assert.equal(wantedWith({ ...THIN, object_id: null }), null);
  assert.equal(wantedWith({ ...THIN, type: "v2.core.account.updated" }), null);
});

Deno.test("nothing is read for an event in quarantine", () => {
  assert.equal(wantedWith({ ...THIN, quarantine: "foreign_account" }), null);
  assert.equal(wantedWith({ ...checkout(), quarantine: "wrong_mode" }), null);
});

Deno.test("an object that was read in time goes beside the event", async () => {
  const fetch = inboxEvent("fetch_1");
  const { beside, later, lines } = await enriched(THIN, () => Promise.resolve([fetch]));
  assert.deepEqual([beside, later, lines], [[fetch], [], []]);
});

Deno.test("for an event that needs nothing more, Stripe is not asked", async () => {
  const { beside } = await enriched(inboxEvent("evt_1"), () => assert.fail("asked"));
  assert.deepEqual(beside, []);
});

Deno.test("a read that fails is repeated later, and the event is delivered without it", async () => {
  const failing = () => Promise.reject(new Error("ada@example.com"));
  const { beside, later, lines } = await enriched(THIN, failing);
  assert.deepEqual(beside, []);
  assert.deepEqual(later, [{ id: "sub_1", account: null, itself: true }]);
  assert.deepEqual(lines, [{ event_id: "evt_1", object_id: "sub_1", code: "Error" }]);
});

Deno.test("a read that takes too long does not delay the event", async () => {
  const started = performance.now();
  const { beside, later, lines } = await enriched(checkout(), () => new Promise(() => {}), 30);
  assert(performance.now() - started < 5_000);
  assert.deepEqual([beside, later.length, lines[0]?.code], [[], 1, "timeout"]);
});
