import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { checkoutSessionCompleted, newPurchase, refundCreated } from "../../stripe/events.ts";
import { send } from "./delivery.ts";
import { askToken, issuerOf, orderToken, verifyToken } from "./module_tokens.ts";
import { openStage, type Persona } from "./stage.ts";

const { stack, ada, bob, anon, moduleId } = await openStage();
const WEBHOOK = `${stack.functionsUrl}/stripe-webhook`;
const MODULE = "stable-diffusion";

/** The refusal of a request for a token, in a few words. */
async function refusalOf(response: Response): Promise<string> {
  const { status, code, reason } = await response.json();
  return [status, code, reason].filter((word) => word !== undefined).join(" ");
}

Deno.test("a paying member gets a valid token, and a refund ends it at the next check", async () => {
  assert.equal(await refusalOf(await askToken(stack, ada, MODULE)), "403 no_access no_access");

  const purchase = newPurchase({ userId: ada.id, moduleId });
  const paid = checkoutSessionCompleted(purchase);
  assert.equal(await send(WEBHOOK, stack.webhookSecret, paid), "200 applied");
  const asked = Date.now();
  const { token, expires_at, ...terms } = await (await askToken(stack, ada, MODULE)).json();
  assert.deepEqual(terms, {
    module: MODULE,
    access_expires_at: null,
    access_level: "standard",
    max_usage: null,
    uses_left: null,
  });
  const lifetime = (Date.parse(expires_at) - asked) / 1_000;
  assert(lifetime > 298 && lifetime < 310, `${lifetime} s`);
  assert.equal(decodeJwt(token).iss, issuerOf(stack));
  const before = await verifyToken(stack, token, { module: MODULE });
  assert.deepEqual([before.active, before.user_id], [true, ada.id]);

  const refunded = refundCreated(purchase);
  assert.equal(await send(WEBHOOK, stack.webhookSecret, refunded), "200 applied");
  assert.deepEqual(await verifyToken(stack, token, { module: MODULE }), {
    active: false,
    reason: "revoked",
    detail: "refunded",
  });
  assert.equal(await refusalOf(await askToken(stack, ada, MODULE)), "403 no_access refunded");
});

Deno.test("without a payment there is no token", async () => {
  assert.equal(await refusalOf(await askToken(stack, bob, MODULE)), "403 no_access no_access");
  assert.equal(await refusalOf(await askToken(stack, bob, "no-such")), "404 no_such_module");
  const anonymous = anon as Persona & { id: string };
  assert.equal(await refusalOf(await askToken(stack, anonymous, MODULE)), "401 not_signed_in");
});

Deno.test("a server's order is made once for each payment, and keeps its first terms", async () => {
  const order = { userId: bob.id, paymentId: "order-4711", maxUsage: 3, expirationHours: 48 };
  const first = await orderToken(stack, "whisper", order);
  await verifyToken(stack, first.token, { consume: true });
  const again = await orderToken(stack, "whisper", { ...order, maxUsage: 300 });
  assert.equal(again.uses_left, 2);
  assert.equal(decodeJwt(again.token).jti, decodeJwt(first.token).jti);

  const other = await orderToken(stack, "whisper", { ...order, paymentId: "order-4712" });
  assert.notEqual(decodeJwt(other.token).jti, decodeJwt(first.token).jti);
});

Deno.test("a refund of a Stripe payment ends the token that was ordered for it", async () => {
  const purchase = newPurchase({ userId: bob.id, moduleId });
  const paid = checkoutSessionCompleted(purchase);
  assert.equal(await send(WEBHOOK, stack.webhookSecret, paid), "200 applied");
  const order = { userId: bob.id, paymentId: purchase.paymentIntentId };
  const { token } = await orderToken(stack, "llama", order);
  assert.equal((await verifyToken(stack, token, { module: "llama" })).active, true);

  const refunded = refundCreated(purchase);
  assert.equal(await send(WEBHOOK, stack.webhookSecret, refunded), "200 applied");
  const { active, detail } = await verifyToken(stack, token, { module: "llama" });
  assert.deepEqual([active, detail], [false, "refunded"]);
  await assert.rejects(orderToken(stack, "llama", order), /403 .*"reason":"refunded"/);
});
