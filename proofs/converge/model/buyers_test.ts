import assert from "node:assert/strict";
import { at } from "../stripe/clock.ts";
import {
  accessIn,
  accessOf,
  ADA,
  all,
  charge,
  customer,
  type DatedFact,
  EVE,
  history,
  intent,
  invoice,
  paidBy,
  saleLine,
  session,
  subscription,
  verified,
} from "./small_facts.ts";
import type { Settings } from "./settings.ts";

const CUS = { customer_id: "cus_1" };
const SOLD = { price_ids: ["price_gamma_once"] };

/** The buyer: ada, eve, or no one. */
function buyerIn(facts: DatedFact[], settings: Partial<Settings> = {}): string {
  const acts = [verified("ada@example.com", ADA), verified("eve@example.com", EVE)];
  const it = history(facts, { acts, settings });
  const users = { ada: ADA, eve: EVE };
  const owners = Object.entries(users)
    .filter(([, id]) => Object.keys(accessIn(it, id)).length > 0).map(([name]) => name);
  return owners.join(" and ") || "no one";
}

Deno.test("5.8 a name on the purchase counts before any other name", () => {
  const far = [intent({ user_ref: EVE }), customer({ user_ref: EVE })];
  assert.equal(buyerIn(all(session({ ...SOLD, ...CUS }), ...far)), "ada");
  assert.equal(buyerIn(all(session({ ...SOLD, ...CUS, user_ref: null }), ...far)), "eve");
});

Deno.test("the nearest name of a subscription: session, itself, its invoices, its customer", () => {
  const nameless = subscription({ ...CUS, user_ref: null });
  const bill = invoice({ subscription_user_ref: ADA });
  const sale = session({ mode: "subscription", subscription_id: "sub_1", ...CUS });
  assert.equal(buyerIn(all(nameless, customer({ user_ref: EVE }))), "eve");
  assert.equal(buyerIn(all(nameless, customer({ user_ref: EVE }), bill)), "ada");
  assert.equal(buyerIn(all({ ...nameless, user_ref: EVE }, bill)), "eve");
  assert.equal(buyerIn(all({ ...nameless, user_ref: EVE }, bill, sale)), "ada");
});

Deno.test("of several invoices, the first one that named a user names the buyer", () => {
  const nameless = subscription({ user_ref: null });
  const bill = (id: string, user_ref: string) => invoice({ id, user_ref });
  const facts: DatedFact[] = [[0, nameless], [2, bill("in_1", EVE)], [1, bill("in_2", ADA)]];
  assert.equal(buyerIn(facts), "ada");
});

Deno.test("the nearest name of an invoice: session, subscription, payment, itself", () => {
  const bill = invoice({ lines: [saleLine("price_gamma_once")] });
  const facts = all(bill, paidBy("pi_1"));
  const named = (name: string | null) => [0, { ...bill, user_ref: name }] as DatedFact;
  assert.equal(buyerIn([...facts, named(EVE)]), "eve");
  const paid: DatedFact = [0, intent({ user_ref: ADA })];
  assert.equal(buyerIn([...facts, named(EVE), paid]), "ada");
  const plan: DatedFact = [0, subscription({ status: "canceled", user_ref: EVE })];
  assert.equal(buyerIn([...facts, paid, plan]), "eve");
  const sale: DatedFact = [0, session({ mode: "subscription", subscription_id: "sub_1" })];
  assert.equal(buyerIn([...facts, plan]), "eve");
  assert.equal(buyerIn([...facts, plan, sale]), "ada");
});

Deno.test("the session of an invoice is also found by the invoice's id", () => {
  const bill = invoice({
    subscription_id: null,
    user_ref: EVE,
    lines: [saleLine("price_gamma_once")],
  });
  const sale = session({ mode: "subscription", invoice_id: "in_1", payment_intent_id: null });
  assert.equal(buyerIn(all(bill)), "eve");
  assert.equal(buyerIn(all(bill, sale)), "ada");
});

Deno.test("client_reference_id names the buyer only if the setting allows it, after the customer", () => {
  const link = session({ ...SOLD, ...CUS, user_ref: null, client_reference_id: ADA });
  const on = { client_reference_id_names_buyer: true };
  assert.equal(buyerIn(all(link)), "no one");
  assert.equal(buyerIn(all(link), on), "ada");
  assert.equal(buyerIn(all(link, customer({ user_ref: EVE })), on), "eve");
});

/** A subscription made in the Dashboard, for a customer who bought before. */
const handmade = subscription({ ...CUS, user_ref: null, created: at(10) });

Deno.test("5.8 a known customer names the buyer", () => {
  for (
    const other of [
      session({ ...CUS, price_ids: ["price_unmapped"] }),
      intent({ ...CUS, user_ref: ADA }),
      charge({ ...CUS, user_ref: ADA }),
      invoice({ ...CUS, user_ref: ADA, subscription_id: null, lines: [] }),
      subscription({ ...CUS, id: "sub_0", status: "incomplete_expired", items: [] }),
    ]
  ) assert.equal(buyerIn([[0, other], [10, handmade]]), "ada", other.kind);
});

Deno.test("5.8 a name later than the purchase does not count; a name of the same second does", () => {
  assert.equal(
    buyerIn([[0, intent({ ...CUS, user_ref: ADA, created: at(11) })], [10, handmade]]),
    "no one",
  );
  assert.equal(
    buyerIn([[0, intent({ ...CUS, user_ref: ADA, created: at(10) })], [10, handmade]]),
    "ada",
  );
});

Deno.test("5.8 the creation time of the object dates a name, not the time of the event", () => {
  assert.equal(buyerIn([[99, intent({ ...CUS, user_ref: ADA })], [10, handmade]]), "ada");
});

Deno.test("5.8 a name added later counts from the snapshot that first has it", () => {
  const before: DatedFact = [1, intent(CUS)];
  const named = (day: number): DatedFact => [day, intent({ ...CUS, user_ref: ADA })];
  assert.equal(buyerIn([before, named(11), [10, handmade]]), "no one");
  assert.equal(buyerIn([before, named(9), [10, handmade]]), "ada");
});

Deno.test("5.8 a later snapshot without the name does not remove the name", () => {
  const named: DatedFact = [12, intent({ ...CUS, user_ref: ADA })];
  assert.equal(buyerIn([named, [13, intent(CUS)], [10, handmade]]), "ada");
});

Deno.test("5.8 two users before the purchase give no buyer; the same user twice is the buyer", () => {
  const [ada, eve] = [
    intent({ ...CUS, user_ref: ADA }),
    intent({ ...CUS, id: "pi_2", user_ref: EVE }),
  ];
  assert.equal(buyerIn(all(ada, eve, handmade)), "no one");
  assert.equal(buyerIn(all(ada, { ...eve, user_ref: ADA.toUpperCase() }, handmade)), "ada");
});

Deno.test("5.8 given two users the address still counts; given one it does not", () => {
  const ada = intent({ ...CUS, user_ref: ADA });
  const other = intent({ ...CUS, id: "pi_2", user_ref: "00000000-0000-4000-8000-00000000b0b0" });
  const address = customer({ email: "eve@example.com" });
  assert.equal(buyerIn(all(ada, other, handmade, address)), "eve");
  assert.equal(buyerIn(all(ada, handmade, address)), "ada");
});

Deno.test("5.8 an unreadable name of the customer does not count, and neither does another customer's name", () => {
  const odd = intent({ ...CUS, id: "pi_2", user_ref: "user 7" });
  const stranger = intent({ customer_id: "cus_2", id: "pi_3", user_ref: EVE });
  assert.equal(buyerIn(all(intent({ ...CUS, user_ref: ADA }), odd, stranger, handmade)), "ada");
});

Deno.test("5.8 the stamp of an invoice's purchase is the day it was paid", () => {
  const bill = { ...CUS, subscription_id: null, lines: [saleLine("price_gamma_once")] };
  const named = intent({ ...CUS, id: "pi_9", user_ref: ADA, created: at(5) });
  assert.equal(buyerIn(all(named, invoice({ ...bill, paid_at: at(6) }))), "ada");
  assert.equal(buyerIn(all(named, invoice({ ...bill, paid_at: at(4) }))), "no one");
});

Deno.test("5.9 a name that is an address stands for that address, in any spelling", () => {
  const sale = session({ ...SOLD, user_ref: " Ada@Example.com " });
  assert.equal(buyerIn(all(sale)), "ada");
  assert.equal(buyerIn(all(sale), { verified_email_claims: false }), "no one");
});

Deno.test("5.9 a name that is an address counts before the address typed at checkout", () => {
  const sale = session({ ...SOLD, user_ref: "ada@example.com", email: "eve@example.com" });
  assert.equal(buyerIn(all(sale)), "ada");
});

Deno.test("5.9 after an unreadable name, no later name and no address counts", () => {
  const sale = session({ ...SOLD, ...CUS, user_ref: "user 7", email: "ada@example.com" });
  assert.equal(buyerIn(all(sale, customer({ user_ref: EVE }))), "no one");
});

Deno.test("without any name the nearest address counts", () => {
  const sale = session({ ...SOLD, ...CUS, user_ref: null, email: "ada@example.com" });
  assert.equal(buyerIn(all(sale, customer({ email: "eve@example.com" }))), "ada");
  assert.equal(
    buyerIn(all({ ...sale, email: null }, customer({ email: "eve@example.com" }))),
    "eve",
  );
  assert.equal(buyerIn(all(sale), { verified_email_claims: false }), "no one");
});

Deno.test("the nearest address of an invoice or a subscription: session, invoice, customer", () => {
  const [ada, eve] = [{ email: "ada@example.com" }, { email: "eve@example.com" }];
  const bill = { lines: [saleLine("price_gamma_once")] };
  const sale = session({ ...ada, mode: "subscription", subscription_id: "sub_1", user_ref: null });
  assert.equal(buyerIn(all(invoice({ ...bill, ...eve }))), "eve");
  assert.equal(buyerIn(all(invoice({ ...bill, ...eve }), sale)), "ada");
  const plan = subscription({ ...CUS, user_ref: null, latest_invoice_id: "in_1" });
  const empty = invoice({ ...eve, lines: [], subscription_id: "sub_1" });
  assert.equal(buyerIn(all(plan, empty)), "eve");
  assert.equal(buyerIn(all(plan, { ...empty, subscription_id: "sub_2" })), "no one");
  assert.equal(buyerIn(all(plan, empty, customer(ada))), "ada");
});

Deno.test("a user's id in capitals is the same id", () => {
  assert.deepEqual(accessOf(all(session({ ...SOLD, user_ref: ADA.toUpperCase() }))), {
    gamma: "purchase",
  });
});
