import assert from "node:assert/strict";
import { envelope } from "./envelope.ts";

Deno.test("envelope() reads a snapshot event", () => {
  const event = {
    id: "evt_1",
    object: "event",
    type: "refund.created",
    created: 1_700_000_000,
    api_version: "2024-06-20",
    livemode: true,
    account: "acct_1",
    data: { object: { id: "re_1" } },
  };
  assert.deepEqual(envelope(event), {
    id: "evt_1",
    type: "refund.created",
    created: 1_700_000_000,
    api_version: "2024-06-20",
    livemode: true,
    account: "acct_1",
    object_id: "re_1",
  });
});

Deno.test("envelope() reads a thin event: its time is written out, its object only named", () => {
  const event = {
    id: "evt_2",
    object: "v2.core.event",
    type: "v1.customer.subscription.updated",
    created: "2026-09-30T12:00:00.900Z",
    livemode: false,
    related_object: { id: "sub_1", type: "subscription", url: "/v1/subscriptions/sub_1" },
  };
  assert.deepEqual(envelope(event), {
    id: "evt_2",
    type: "v1.customer.subscription.updated",
    created: 1_790_769_600,
    api_version: null,
    livemode: false,
    account: null,
    object_id: "sub_1",
  });
});

Deno.test("a thin event of another account names it in its context", () => {
  const event = { id: "evt_2", type: "v1.invoice.paid", livemode: false, context: "acct_eve" };
  assert.equal(envelope({ ...event, object: "v2.core.event" })?.account, "acct_eve");
  assert.equal(envelope({ ...event, object: "event" })?.account, null);
});

Deno.test("an event of our own account, on an object without id, has neither", () => {
  const object = { object: "invoice" };
  const event = { id: "evt_3", type: "invoice.upcoming", livemode: false, data: { object } };
  assert.equal(envelope(event)?.account, null);
  assert.equal(envelope(event)?.object_id, null);
});

Deno.test("a time that cannot be read is 0", () => {
  for (
    const created of [
      undefined,
      null,
      "1700000000",
      "yesterday",
      "2026-99-99T00:00:00Z",
      -1,
      2 ** 53 - 1,
    ]
  ) {
    assert.equal(envelope({ id: "evt_4", type: "ping", created })?.created, 0);
  }
});

Deno.test("an id that is longer than Stripe's limit is ignored", () => {
  const long = "x".repeat(256);
  assert.equal(envelope({ id: long, type: "ping" }), null);
  const event = { id: "evt_6", type: "ping", livemode: false, data: { object: { id: long } } };
  assert.equal(envelope(event)?.object_id, null);
  assert.equal(envelope({ ...event, account: long })?.account, long, "and yet it is not our own");
});

Deno.test("an account of the wrong type does not count as our own", () => {
  const event = { id: "evt_7", type: "ping", livemode: false };
  for (const account of [{ id: "acct_eve" }, ["acct_eve"], 0, 7, true, false, "", "\0", "\ud800"]) {
    assert.equal(envelope({ ...event, account })?.account, "unreadable", JSON.stringify(account));
    const thin = { ...event, object: "v2.core.event", context: account };
    assert.equal(envelope(thin)?.account, "unreadable", JSON.stringify(account));
  }
  assert.equal(envelope({ ...event, account: "\0acct_ours" })?.account, "unreadable");
  for (const account of [null, undefined]) {
    assert.equal(envelope({ ...event, account })?.account, null);
  }
});

Deno.test("a livemode of the wrong type is neither live mode nor test mode", () => {
  for (const livemode of ["true", "false", "", 0, 1, null, undefined, {}, []]) {
    const { account } = envelope({ id: "evt_8", type: "ping", livemode, account: "acct_1" })!;
    assert.equal(account, "unreadable", JSON.stringify(livemode));
  }
});

Deno.test("a value without id or type is not an event", () => {
  for (const odd of [null, 1, "event", [], {}, { id: "evt_5" }, { id: 5, type: "ping" }]) {
    assert.equal(envelope(odd), null);
  }
  assert.equal(envelope([{ id: "evt_5", type: "ping" }]), null);
  assert.equal(envelope({ id: "evt_5", type: "" }), null);
});
