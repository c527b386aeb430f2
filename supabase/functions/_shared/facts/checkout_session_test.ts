import assert from "node:assert/strict";
import { checkoutSession } from "./checkout_session.ts";

const COMPLETED = "checkout.session.completed";

Deno.test("checkoutSession() reads a paid purchase", () => {
  const object = {
    mode: "payment",
    status: "complete",
    payment_status: "paid",
    amount_total: 2900,
    amount_subtotal: 3000,
    created: 1_700_000_000,
    metadata: { user_id: "ada", module_id: "intro" },
    customer_details: { email: "ada@example.com" },
    payment_intent: "pi_1",
    subscription: null,
    invoice: null,
    customer: "cus_ada",
  };
  assert.deepEqual(checkoutSession.read("cs_1", object, COMPLETED), {
    kind: "checkout_session",
    id: "cs_1",
    mode: "payment",
    status: "complete",
    payment_status: "paid",
    async_failed: false,
    amount_total: 2900,
    amount_subtotal: 3000,
    has_optional_items: false,
    created: 1_700_000_000,
    user_ref: "ada",
    module_ref: "intro",
    client_reference_id: null,
    email: "ada@example.com",
    payment_intent_id: "pi_1",
    subscription_id: null,
    invoice_id: null,
    customer_id: "cus_ada",
    price_ids: null,
  });
});

Deno.test("links are read from ids and from expanded objects alike", () => {
  const object = {
    payment_intent: { id: "pi_1" },
    subscription: { id: "sub_1" },
    invoice: { id: "in_1" },
    customer: { id: "cus_ada" },
  };
  const fact = checkoutSession.read("cs_1", object, COMPLETED);
  assert.equal(fact.payment_intent_id, "pi_1");
  assert.equal(fact.subscription_id, "sub_1");
  assert.equal(fact.invoice_id, "in_1");
  assert.equal(fact.customer_id, "cus_ada");
});

Deno.test("client_reference_id is no user_ref: the buyer can write it into the URL", () => {
  const fact = checkoutSession.read("cs_1", { client_reference_id: "eve" }, COMPLETED);
  assert.deepEqual([fact.client_reference_id, fact.user_ref], ["eve", null]);
});

Deno.test("the address is the one given at checkout, else the one the site filled in", () => {
  const emailOf = (object: Record<string, unknown>) =>
    checkoutSession.read("cs_1", object, COMPLETED).email;
  const customer_email = "filled@example.com";
  assert.equal(
    emailOf({ customer_email, customer_details: { email: "given@example.com" } }),
    "given@example.com",
  );
  for (const customer_details of [undefined, null, {}, { email: null }, { email: ["eve"] }]) {
    assert.equal(emailOf({ customer_email, customer_details }), customer_email);
  }
  assert.equal(emailOf({ customer_details: "ada@example.com" }), null);
});

Deno.test("every mode, status and payment_status Stripe has is kept as it is", () => {
  for (const mode of ["payment", "subscription", "setup"]) {
    assert.equal(checkoutSession.read("cs_1", { mode }, COMPLETED).mode, mode);
  }
  for (const status of ["open", "expired", "complete"]) {
    assert.equal(checkoutSession.read("cs_1", { status }, COMPLETED).status, status);
  }
  for (const payment_status of ["unpaid", "no_payment_required", "paid"]) {
    const fact = checkoutSession.read("cs_1", { payment_status }, COMPLETED);
    assert.equal(fact.payment_status, payment_status);
  }
});

Deno.test("unknown words open nothing", () => {
  const object = { mode: "barter", status: "dreaming", payment_status: "promised" };
  const fact = checkoutSession.read("cs_1", object, "checkout.session.updated");
  assert.deepEqual([fact.mode, fact.status, fact.payment_status], ["unknown", "open", "unpaid"]);
});

Deno.test("a missing mode is read from the object that the session created", () => {
  const modeOf = (object: Record<string, unknown>) =>
    checkoutSession.read("cs_1", object, COMPLETED).mode;
  assert.equal(modeOf({ payment_intent: "pi_1" }), "payment");
  assert.equal(modeOf({ subscription: "sub_1" }), "subscription");
  assert.equal(modeOf({ setup_intent: "seti_1" }), "setup");
  assert.equal(modeOf({}), "unknown");
});

Deno.test("a missing status is read from the type of the event", () => {
  assert.equal(checkoutSession.read("cs_1", {}, COMPLETED).status, "complete");
  assert.equal(checkoutSession.read("cs_1", {}, "checkout.session.expired").status, "expired");
  assert.equal(checkoutSession.read("cs_1", {}, "checkout.session.created").status, "open");
});

Deno.test("a completed session that does not say it is paid counts as unpaid", () => {
  const object = { mode: "payment", payment_intent: "pi_1" };
  assert.equal(checkoutSession.read("cs_1", object, COMPLETED).payment_status, "unpaid");
});

Deno.test("a delayed payment that succeeds is paid, whatever payment_status says", () => {
  const type = "checkout.session.async_payment_succeeded";
  assert.equal(checkoutSession.read("cs_1", {}, type).payment_status, "paid");
  assert.equal(
    checkoutSession.read("cs_1", { payment_status: "unpaid" }, type).payment_status,
    "paid",
  );
});

Deno.test("a delayed payment that fails is marked, and stays unpaid", () => {
  const type = "checkout.session.async_payment_failed";
  const fact = checkoutSession.read("cs_1", { payment_status: "unpaid" }, type);
  assert.deepEqual([fact.async_failed, fact.payment_status], [true, "unpaid"]);
});

Deno.test("expanded line items give the prices sold", () => {
  const data = [{ price: { id: "price_a" } }, { price: "price_b" }, { price: null }];
  const fact = checkoutSession.read("cs_1", { line_items: { data, has_more: false } }, COMPLETED);
  assert.deepEqual(fact.price_ids, ["price_a", "price_b"]);
});

Deno.test("absent or incomplete line items give no prices", () => {
  const data = [{ price: { id: "price_a" } }];
  for (const line_items of [undefined, null, {}, "items", { data, has_more: true }]) {
    assert.equal(checkoutSession.read("cs_1", { line_items }, COMPLETED).price_ids, null);
  }
});

Deno.test("a session may offer more than the request asked for", () => {
  const offers = (optional_items: unknown) =>
    checkoutSession.read("cs_1", { optional_items }, COMPLETED).has_optional_items;
  assert.equal(offers([{ price: "price_extra", quantity: 1 }]), true);
  for (const nothing of [undefined, null, []]) assert.equal(offers(nothing), false);
});
