import assert from "node:assert/strict";
import type { JsonObject } from "../facts/json.ts";
import { fetching, type Wanted, wantedBy } from "./fetching.ts";
import type { LogLine } from "../log.ts";

/** Fetches what a Stripe with these objects, each at the path that ends in its id, says. */
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

Deno.test("what was read is one more event, with the reading's stamp", async () => {
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

Deno.test("the same state read twice in a second is one event, another state another", async () => {
  const idOf = async (status: string) => {
    const { events } = await fetched({}, { sub_1: { id: "sub_1", status } });
    return events[0]!.id;
  };
  assert.equal(await idOf("active"), await idOf("active"));
  assert.notEqual(await idOf("active"), await idOf("past_due"));
});

Deno.test("an object of a connected account is asked for there, and stays there", async () => {
  const { events: [event] } = await fetched({ account: "acct_1" }, { sub_1: { id: "sub_1" } });
  assert.deepEqual([event?.account, event?.created], ["acct_1", 1_700_000_001]);
});

Deno.test("a customer that is gone is deleted", async () => {
  const { events: [customer] } = await fetched({ id: "cus_ada" }, {});
  const [deleted] = customer!.facts;
  assert(deleted?.kind === "customer" && deleted.is_deleted);
});

Deno.test("a subscription that is not there ends nothing: Stripe keeps ended ones", async () => {
  assert.deepEqual((await fetched({}, {})).events, []);
});

Deno.test("where there is nothing to be said there is no event", async () => {
  assert.deepEqual((await fetched({ id: "dp_1" }, {})).events, []);
  assert.deepEqual((await fetched({ id: "evt_1" }, { evt_1: {} })).events, []);
});

Deno.test("a word that we do not know is logged", async () => {
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

Deno.test("an object is wanted by its id, after its account where that is not ours", () => {
  assert.deepEqual(wantedBy("sub_1"), { id: "sub_1", account: null, itself: false });
  assert.deepEqual(wantedBy("acct_1/sub_1"), { id: "sub_1", account: "acct_1", itself: false });
});
