import assert from "node:assert/strict";
import type { Fact } from "./facts/kinds.ts";
import type { InboxEvent } from "./inbox_event.ts";
import { type Ours, toInboxEvent } from "./inbox.ts";
import { eventBody } from "../stripe-webhook/testing.ts";

const ours: Ours = { livemode: false, accounts: new Set(["acct_ours"]) };
const fact: Fact = {
  kind: "charge",
  id: "ch_1",
  payment_intent_id: null,
  invoice_id: null,
  customer_id: null,
  amount_captured: 100,
  amount_refunded: 0,
  created: null,
  user_ref: null,
  module_ref: null,
};

function inboxed(fields: Record<string, unknown>, factsOf = () => [fact]): InboxEvent {
  const text = eventBody(fields);
  return toInboxEvent({ text, event: JSON.parse(text) }, ours, factsOf);
}

Deno.test("an event of ours is stored with its envelope, its body and its facts", () => {
  const { payload, ...rest } = inboxed({ account: null });
  assert.equal(payload, eventBody({ account: null }));
  assert.deepEqual(rest, {
    id: "evt_1",
    type: "customer.created",
    created: 1_760_000_000,
    api_version: null,
    livemode: false,
    account: null,
    object_id: "cus_ada",
    facts: [fact],
    quarantine: null,
    error: null,
  });
});

Deno.test("an event of the other mode is stored without facts", () => {
  const { quarantine, facts } = inboxed({ livemode: true });
  assert.deepEqual({ quarantine, facts }, { quarantine: "wrong_mode", facts: [] });
});

Deno.test("an event of another account is stored without facts", () => {
  const { quarantine, facts } = inboxed({ account: "acct_eve" });
  assert.deepEqual({ quarantine, facts }, { quarantine: "foreign_account", facts: [] });
});

Deno.test("an event of a listed account is stored as ours", () => {
  assert.equal(inboxed({ account: "acct_ours" }).quarantine, null);
});

Deno.test("an event without a readable account is stored without facts, in either mode", () => {
  for (
    const odd of [
      { account: { id: "acct_ours" } },
      { account: 0 },
      { account: "" },
      { livemode: "" },
      {
        livemode: 0,
      },
      { livemode: null },
      { livemode: "true", account: "acct_ours" },
    ]
  ) {
    const { quarantine, facts, account } = inboxed(odd);
    assert.deepEqual([quarantine, facts, account], ["foreign_account", [], "unreadable"]);
    const text = eventBody(odd);
    const live = toInboxEvent({ text, event: JSON.parse(text) }, { ...ours, livemode: true });
    assert.notEqual(live.quarantine, null);
    assert.equal(live.account, "unreadable");
  }
});

Deno.test("an event that cannot be translated is stored with the reason", () => {
  const { facts, error, payload } = inboxed({}, () => {
    throw new Error("ada@example.com");
  });
  assert.deepEqual({ facts, error }, { facts: [], error: "untranslatable" });
  assert.equal(payload, eventBody());
});

Deno.test("JSON that is not an event is refused", () => {
  for (
    const text of ["null", "[]", '"evt_1"', "1", "{}", '{"id":"evt_1"}', '{"id":1,"type":"x"}']
  ) {
    const verified = { text, event: JSON.parse(text) };
    assert.throws(() => toInboxEvent(verified, ours), { code: "not_an_event" }, text);
  }
});
