import assert from "node:assert/strict";
import { FILE, parametersText } from "./parameters_text.ts";
import { readShapes } from "./read_shapes.ts";

Deno.test("the stand-in has the parameters of the client in deno.json", async () => {
  assert.ok(
    await Deno.readTextFile(FILE) === parametersText(),
    "out of date: run deno task stripe:parameters",
  );
});

Deno.test("names, words, lists, maps and required parameters are read", () => {
  const { session, refunds, portal } = readShapes({
    session: "Stripe.Checkout.SessionCreateParams",
    refunds: "Stripe.RefundListParams",
    portal: "Stripe.BillingPortal.SessionCreateParams.FlowData",
  });
  assert.deepEqual(portal?.required, ["type"]);
  assert.deepEqual(session?.fields.mode, ["payment", "setup", "subscription"]);
  assert.deepEqual(session?.fields.metadata, { map: "string" });
  assert.deepEqual(session?.fields.expand, { list: "string" });
  assert.deepEqual(refunds?.fields.created, {
    fields: { gt: "number", gte: "number", lt: "number", lte: "number" },
    orPlain: true,
  });
});
