import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { startStripeStub } from "./stripe_stub.ts";

Deno.test("the stub has a session with its lines, their price and its product, and counts its calls", async () => {
  await using stripe = startStripeStub();
  const read = async (path: string) => {
    const response = await fetch(`${stripe.url}/v1/${path}`);
    return { status: response.status, body: await response.json() };
  };
  const id = `cs_test_${"0a".repeat(16)}`;
  const { body: session } = await read(`checkout/sessions/${id}?expand[]=line_items`);
  const { body: lines } = await read(`checkout/sessions/${id}/line_items?limit=100`);
  deepStrictEqual(session.line_items, lines);
  const { price } = lines.data[0];
  deepStrictEqual((await read(`prices/${price.id}`)).body, price);
  strictEqual((await read(`products/${price.product}`)).status, 200);
  strictEqual((await read("checkout/sessions/cs_test_1")).status, 404);
  strictEqual(stripe.calls(), 5);
});
