import assert from "node:assert/strict";
import { type JsonObject, list } from "../facts/json.ts";
import { read } from "./reading.ts";
import type { Ask } from "./ask.ts";
import { idsOf, pageOf } from "./testing_stripe.ts";

/** A Stripe for this test: a later answer has a later stamp. */
function stripe(answer: (path: string) => JsonObject | null) {
  const paths: string[] = [];
  const ask: Ask = (path) => {
    paths.push(path);
    return Promise.resolve({ object: answer(path), stamp: 100 + paths.length });
  };
  return { paths, ask };
}

/** The path of an object, and its kind. */
async function wayOf(id: string, itself = false): Promise<[path: string, head: string]> {
  const { paths, ask } = stripe(() => ({ id }));
  const reading = await read(ask, id, null, itself);
  assert.equal(paths.length, 1);
  return [paths[0]!, reading!.head];
}

Deno.test("every kind of id is read from its own path", async () => {
  const ways = {
    sub_1: ["/v1/subscriptions/sub_1", "customer.subscription"],
    cs_test_a1: ["/v1/checkout/sessions/cs_test_a1?expand[]=line_items", "checkout.session"],
    in_1: ["/v1/invoices/in_1?expand[]=payments", "invoice"],
    inpay_1: ["/v1/invoice_payments/inpay_1", "invoice_payment"],
    cus_ada: ["/v1/customers/cus_ada", "customer"],
    re_1: ["/v1/refunds/re_1", "refund"],
    pyr_1: ["/v1/refunds/pyr_1", "refund"],
    dp_1: ["/v1/disputes/dp_1", "charge.dispute"],
    du_1: ["/v1/disputes/du_1", "charge.dispute"],
    price_1: ["/v1/prices/price_1?expand[]=product", "price"],
    plan_1: ["/v1/prices/plan_1?expand[]=product", "price"],
    prod_1: ["/v1/products/prod_1", "product"],
  };
  for (const [id, way] of Object.entries(ways)) {
    assert.deepEqual(await wayOf(id), way);
    assert.deepEqual(await wayOf(id, true), way);
  }
});

Deno.test("for a payment, the objects that point at it are read, or the payment itself", async () => {
  const invoices = "/v1/invoice_payments?limit=100&payment[type]=payment_intent";
  const ofIntent = `${invoices}&payment[payment_intent]=pi_1`;
  assert.deepEqual(await wayOf("pi_1"), [ofIntent, "invoice_payment"]);
  assert.deepEqual(await wayOf("pi_1", true), ["/v1/payment_intents/pi_1", "payment_intent"]);
  for (const id of ["ch_1", "py_1"]) {
    assert.deepEqual(await wayOf(id), [`/v1/refunds?limit=100&charge=${id}`, "refund"]);
    assert.deepEqual(await wayOf(id, true), [`/v1/charges/${id}`, "charge"]);
  }
});

Deno.test("a list is read from the path of the object that it belongs to", async () => {
  const invoices = "/v1/invoices?limit=100&subscription=sub_1&expand[]=data.payments";
  const payments =
    "/v1/invoice_payments?limit=100&invoice=in_1&expand[]=data.payment.payment_intent";
  for (const itself of [false, true]) {
    assert.deepEqual(await wayOf("sub_1/invoices", itself), [invoices, "invoice"]);
    assert.deepEqual(await wayOf("in_1/payments", itself), [payments, "invoice_payment"]);
  }
});

Deno.test("an id of an unknown kind, or an id with a path in it, is not read", async () => {
  const { paths, ask } = stripe(() => ({}));
  const ids = ["evt_1", "constructor_1", "sub", "", "sub_1/../x", "sub_1?x=1"];
  const lists = [
    "sub_1/",
    "sub_1/payments",
    "in_1/invoices",
    "sub_1/invoices/x",
    "sub_1/constructor",
  ];
  for (const id of [...ids, ...lists]) {
    assert.equal(await read(ask, id, null, false), null, id);
  }
  assert.deepEqual(paths, []);
});

Deno.test("a list is read to its end, with the stamp of its first page", async () => {
  const ids = ["re_1", "re_2", "re_3", "re_4", "re_5"];
  const { paths, ask } = stripe((path) => pageOf(ids, path));
  const reading = await read(ask, "ch_1", null, false);
  assert.deepEqual(idsOf(reading?.object), ids);
  assert.deepEqual([reading?.stamp, reading?.object.has_more], [101, false]);
  const start = "/v1/refunds?limit=100&charge=ch_1";
  assert.deepEqual(paths, [start, `${start}&starting_after=re_2`, `${start}&starting_after=re_4`]);
});

Deno.test("a list inside an object is read to its end, from its start", async () => {
  const ids = ["li_1", "li_2", "li_3"];
  const whole = [
    ["sub_1", "items", "/v1/subscription_items?limit=100&subscription=sub_1"],
    ["cs_1", "line_items", "/v1/checkout/sessions/cs_1/line_items?limit=100"],
    ["in_1", "lines", "/v1/invoices/in_1/lines?limit=100"],
  ] as const;
  for (const [id, field, path] of whole) {
    const { paths, ask } = stripe((path) =>
      path.includes("limit")
        ? pageOf(ids, path)
        : { id, status: "kept", [field]: { has_more: true } }
    );
    const reading = await read(ask, id, null, false);
    assert.deepEqual(idsOf(reading?.object[field]), ids);
    assert.deepEqual([reading?.object.status, reading?.stamp], ["kept", 101]);
    assert.deepEqual(paths.slice(1), [path, `${path}&starting_after=li_2`]);
  }
});

Deno.test("each invoice of a list is read with all its lines", async () => {
  const lines = ["il_1", "il_2", "il_3"];
  const cut = { data: [{ id: "il_1" }], has_more: true };
  const whole = { data: [{ id: "il_9" }], has_more: false };
  const pages: Record<string, JsonObject> = {
    first: { object: "list", data: [{ id: "in_2", lines: cut }], has_more: true },
    second: { object: "list", data: [{ id: "in_1", lines: whole }, {}], has_more: false },
  };
  const { paths, ask } = stripe((path) => {
    if (path.startsWith("/v1/invoices/in_2/lines")) return pageOf(lines, path);
    return pages[path.includes("starting_after=in_2") ? "second" : "first"]!;
  });
  const reading = await read(ask, "sub_1/invoices", null, false);
  const invoices = list(reading?.object) ?? [];
  assert.deepEqual(idsOf(invoices), ["in_2", "in_1", undefined]);
  assert.deepEqual(invoices.map((invoice) => idsOf(invoice.lines)), [lines, ["il_9"], []]);
  assert.deepEqual([invoices[0]?.lines, reading?.stamp], [
    { object: "list", data: lines.map((id) => ({ id })), has_more: false },
    101,
  ]);
  assert.equal(paths.length, 4);
});

Deno.test("a list with missing lines is an error", async () => {
  const cut = { id: "in_1", lines: { data: [], has_more: true } };
  const incomplete = stripe((path) =>
    path.includes("/lines") ? null : { object: "list", data: [cut], has_more: false }
  );
  await assert.rejects(read(incomplete.ask, "sub_1/invoices", null, false), {
    more: { reason: "missing_page", headers: { "retry-after": "5" } },
  });
});

Deno.test("an object that Stripe no longer has counts as deleted, if its kind can be deleted", async () => {
  const { ask } = stripe(() => null);
  for (const id of ["cus_ada", "price_1", "prod_1"]) {
    assert.deepEqual((await read(ask, id, null, false))?.object, { id, deleted: true });
  }
  for (const id of ["sub_1", "cs_1", "in_1", "ch_1", "dp_1", "sub_1/invoices"]) {
    assert.equal(await read(ask, id, null, false), null);
  }
});

Deno.test("an endless list, or a list with a missing page, is an error and not a short list", async () => {
  const endless = stripe(() => ({ object: "list", data: [{ id: "re_1" }], has_more: true }));
  const more = { reason: "endless_list", headers: { "retry-after": "5" } };
  await assert.rejects(read(endless.ask, "ch_1", null, false), { more });
  assert.equal(endless.paths.length, 50);

  const incomplete = stripe((path) =>
    path.includes("limit") ? null : { items: { has_more: true } }
  );
  await assert.rejects(read(incomplete.ask, "sub_1", null, false), {
    more: { ...more, reason: "missing_page" },
  });
});
