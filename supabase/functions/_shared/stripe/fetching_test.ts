import assert from "node:assert/strict";
import type { JsonObject } from "../facts/json.ts";
import { fetching, type Wanted, wantedBy } from "./fetching.ts";
import type { LogLine } from "../log.ts";

/** Fetches from a Stripe with these objects. Each is at the path that ends in its id. */
async function fetched(wanted: Partial<Wanted>, objects: Record<string, JsonObject | null>) {
  const lines: LogLine[] = [];
  const fetchObject = fetching(
    (path, account) => {
      const object = objects[path.slice(path.lastIndexOf("/") + 1)] ?? null;
      return Promise.resolve({ object, stamp: account === null ? 1_700_000_000 : 1_700_000_001 });
    },
    false,
    (line) => lines.push(line),
  );
  const events = await fetchObject({ id: "sub_1", account: null, itself: false, ...wanted });
  return { events, lines };
}

Deno.test("a fetched object is one more event, with the stamp of the request", async () => {
  const object = { id: "sub_1", status: "active", customer: "cus_ada" };
  const { events: [event], lines } = await fetched({}, { sub_1: object });
  const { facts, id, ...rest } = event!;
  assert.match(id, /^fetch_sub_1_1700000000_[0-9a-f]{8}$/);
  assert.deepEqual(rest, {
    type: "customer.subscription.fetched",
    created: 1_700_000_000,
    api_version: null,
    livemode: false,
    account: null,
    object_id: "sub_1",
    payload: JSON.stringify({
      type: "customer.subscription.fetched",
      created: 1_700_000_000,
      data: { object },
    }),
    quarantine: null,
    error: null,
  });
  assert.deepEqual(facts.map(({ kind, id }) => [kind, id]), [["subscription", "sub_1"]]);
  assert.deepEqual(lines, []);
});

Deno.test("the same state read twice in one second is one event; a different state is another event", async () => {
  const idOf = async (status: string) => {
    const { events } = await fetched({}, { sub_1: { id: "sub_1", status } });
    return events[0]!.id;
  };
  assert.equal(await idOf("active"), await idOf("active"));
  assert.notEqual(await idOf("active"), await idOf("past_due"));
});

Deno.test("an object of a connected account is read from that account, and its event names the account", async () => {
  const { events: [event] } = await fetched({ account: "acct_1" }, { sub_1: { id: "sub_1" } });
  assert.deepEqual([event?.account, event?.created], ["acct_1", 1_700_000_001]);
});

Deno.test("a customer that Stripe no longer has counts as deleted", async () => {
  const { events: [customer] } = await fetched({ id: "cus_ada" }, {});
  const [deleted] = customer!.facts;
  assert(deleted?.kind === "customer" && deleted.is_deleted);
});

Deno.test("a missing subscription gives no event: Stripe keeps ended ones", async () => {
  assert.deepEqual((await fetched({}, {})).events, []);
});

Deno.test("an unknown reference or a missing object gives no event", async () => {
  assert.deepEqual((await fetched({ id: "dp_1" }, {})).events, []);
  assert.deepEqual((await fetched({ id: "evt_1" }, { evt_1: {} })).events, []);
});

Deno.test("an unknown word is logged", async () => {
  const { events: [event], lines } = await fetched({}, {
    sub_1: { id: "sub_1", status: "asleep" },
  });
  assert.deepEqual(lines, [{
    event_id: event!.id,
    type: "customer.subscription.fetched",
    code: "unknown_value",
    unknown: ["subscription.status=asleep"],
  }]);
});

Deno.test("a list is one event, and says nothing about its owner", async () => {
  const invoice = (id: string) => ({
    id,
    object: "invoice",
    status: "paid",
    subscription: "sub_1",
  });
  const object = { object: "list", data: [invoice("in_1"), invoice("in_2")], has_more: false };
  const path = "invoices?limit=100&subscription=sub_1&expand[]=data.payments";
  const { events: [event, ...more] } = await fetched({ id: "sub_1/invoices" }, { [path]: object });
  assert.deepEqual([event?.type, event?.object_id, more], [
    "invoice.fetched",
    "sub_1/invoices",
    [],
  ]);
  assert.match(event!.id, /^fetch_sub_1\/invoices_1700000000_[0-9a-f]{8}$/);
  assert.deepEqual(event!.facts.map(({ kind, id }) => [kind, id]), [
    ["invoice", "in_1"],
    ["invoice", "in_2"],
  ]);
});

Deno.test("the payments of an invoice are read with the state of each payment", async () => {
  const payment = { type: "payment_intent", payment_intent: { id: "pi_1", status: "processing" } };
  const part = { id: "inpay_1", invoice: "in_1", status: "open", amount_paid: null, payment };
  const path = "invoice_payments?limit=100&invoice=in_1&expand[]=data.payment.payment_intent";
  const list = { object: "list", data: [part], has_more: false };
  const { events: [event] } = await fetched({ id: "in_1/payments" }, { [path]: list });
  const [link, intent] = event!.facts;
  assert.ok(link?.kind === "invoice_payment" && intent?.kind === "payment_intent");
  assert.deepEqual([link.invoice_id, link.payment_intent_id], ["in_1", "pi_1"]);
  assert.deepEqual([intent.id, intent.status], ["pi_1", "processing"]);
});

Deno.test("a price says how it is paid, and so does a plan", async () => {
  const recurs = async (id: string, object: JsonObject) => {
    const path = `${id}?expand[]=product`;
    const { facts } = (await fetched({ id }, { [path]: { id, ...object } })).events[0]!;
    const fact = facts.find(({ kind }) => kind === "price");
    return fact?.kind === "price" && fact.is_recurring;
  };
  assert.equal(await recurs("price_1", { object: "price", type: "one_time" }), false);
  assert.equal(await recurs("price_1", { object: "price", type: "recurring" }), true);
  assert.equal(await recurs("plan_1", { object: "plan", interval: "month" }), true);
});

Deno.test("a price that Stripe does not have is known as one that is not active", async () => {
  const { facts } = (await fetched({ id: "price_gone" }, {})).events[0]!;
  const [listing, ...more] = facts;
  assert.ok(listing?.kind === "price_listing");
  assert.deepEqual([listing.is_active, listing.is_deleted, more], [false, false, []]);
});

Deno.test("a reference is the id of an object or a list, with the account in front if it is not ours", () => {
  const wanted = (id: string, account: string | null) => ({ id, account, itself: false });
  assert.deepEqual(wantedBy("sub_1"), wanted("sub_1", null));
  assert.deepEqual(wantedBy("acct_1/sub_1"), wanted("sub_1", "acct_1"));
  assert.deepEqual(wantedBy("sub_1/invoices"), wanted("sub_1/invoices", null));
  assert.deepEqual(wantedBy("acct_1/sub_1/invoices"), wanted("sub_1/invoices", "acct_1"));
  assert.deepEqual(wantedBy("acct_1"), wanted("acct_1", null));
});
