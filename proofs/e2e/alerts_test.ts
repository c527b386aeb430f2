import assert from "node:assert/strict";
import Stripe from "stripe";
import { send } from "./delivery.ts";
import { openModules, openStage } from "./stage.ts";
import { checkoutSessionCompleted, newId, newPurchase, NO_LINES } from "../../stripe/events.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

/** The receiver of alerts; it can refuse them. */
const received: string[] = [];
let isListening = false;
const listener = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  async (request) => {
    const signature = request.headers.get("sesame-signature") ?? "";
    const stripe = new Stripe("sk_test_1");
    const body = await request.text();
    if (!isListening) return new Response(null, { status: 503 });
    const { alerts } = await stripe.webhooks.constructEventAsync(
      body,
      signature,
      SECRET,
    ) as unknown as {
      alerts: { id: string }[];
    };
    received.push(...alerts.map(({ id }) => id));
    return new Response();
  },
);
Deno.test.afterAll(() => listener.shutdown());

const { stack, sql, ada, moduleId } = await openStage({
  env: {
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${listener.addr.port}/`,
    ALERT_WEBHOOK_SECRET: SECRET,
  },
});

async function ask(path: string, body?: unknown, key = stack.secretKey) {
  const answer = await fetch(`${stack.functionsUrl}/health/${path}`, {
    headers: { authorization: `Bearer ${key}` },
    ...body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
  });
  // deno-lint-ignore no-explicit-any -- answers of several shapes, each checked below
  return { status: answer.status, body: await answer.json() as any };
}

/** Moves all stored times one hour back. */
async function letAnHourPass(): Promise<void> {
  await sql`update sesame.alerts set (first_seen, last_seen, telling_until)
    = (first_seen - interval '1 hour', last_seen - interval '1 hour', telling_until - interval '1 hour')`;
}

Deno.test("a failed event raises an alert, is replayed by hand, and the alert closes", async () => {
  const event = checkoutSessionCompleted(newPurchase({ userId: ada.id, moduleId }), NO_LINES);
  await sql`alter table sesame.checkout_sessions add constraint broken check (false) not valid`;
  const answer = await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
  assert.equal(answer, "500 event_failed");
  assert.deepEqual((await ask("alerts", {})).body, { open: 0, told: 0, reason: null });

  await letAnHourPass();
  assert.deepEqual((await ask("alerts", {})).body, { open: 1, told: 0, reason: "HTTP 503" });
  isListening = true;
  assert.equal((await ask("alerts", {})).body.told, 0, "the first caller may still be sending");
  await letAnHourPass();
  assert.equal((await ask("alerts", {})).body.told, 1);
  assert.equal((await ask("alerts", {})).body.told, 0);
  assert.deepEqual(received, [`event_failed:${event.id}:1`]);

  const [alert] = (await ask("alerts")).body.alerts;
  assert.deepEqual([alert.kind, alert.about], ["event_failed", event.id]);
  assert.equal((await ask("replay", { event_id: event.id })).body.outcome, "failed");
  await sql`alter table sesame.checkout_sessions drop constraint broken`;
  assert.deepEqual((await ask("replay", { event_id: event.id })).body, {
    event_id: event.id,
    outcome: "applied",
    detail: null,
  });
  assert.deepEqual(await openModules(ada), ["stable-diffusion"]);
  assert.equal((await ask("replay", { event_id: event.id })).status, 404);
  assert.equal((await ask("alerts", {})).body.open, 0);
});

Deno.test("an alert that needs no action is dismissed", async () => {
  const purchase = newPurchase({ userId: "not a user id", moduleId });
  await send(
    `${stack.functionsUrl}/stripe-webhook`,
    stack.webhookSecret,
    checkoutSessionCompleted(purchase, NO_LINES),
  );
  await ask("alerts", {});
  await letAnHourPass();
  await ask("alerts", {});
  const [alert] = (await ask("alerts")).body.alerts;
  assert.equal(alert.kind, "user_unreadable");
  assert.deepEqual(alert.known, { source_id: purchase.sessionId });
  const { kind, about } = alert;
  const dismissal = { kind, about, actor: "olga", why: "a test of ours" };
  assert.deepEqual((await ask("dismiss", dismissal)).body, { dismissed: true });
  assert.deepEqual((await ask("alerts")).body, { alerts: [] });
});

Deno.test("a customer's chain is explained by address or by payment", async () => {
  const links = (await ask("explain", { user: "ada@example.com", module: "whisper" })).body.links;
  assert.equal(links.find(({ state }: { state: string }) => state === "broken").link, "decision");
  const [session] = await sql`select id from sesame.checkout_sessions where user_ref = ${ada.id}`;
  const { about } = (await ask("explain", { reference: session?.id })).body;
  assert.equal(about[0].user_ref, ada.id);
});

Deno.test("every call needs the secret key", async () => {
  for (const path of ["alerts", "replay", "dismiss", "explain"]) {
    assert.equal((await ask(path, {}, stack.publishableKey)).status, 401, path);
  }
});

Deno.test("a fraud warning of Stripe's raises one alert, and closes nothing", async () => {
  const about = newPurchase({ userId: ada.id, moduleId });
  const event = checkoutSessionCompleted(about);
  const warning = { id: newId("issfr"), object: "radar.early_fraud_warning", actionable: true };
  const answer = await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, {
    ...event,
    type: "radar.early_fraud_warning.created",
    data: { object: { ...warning, charge: about.chargeId } },
  });
  assert.equal(answer, "200 ignored");
  isListening = true;
  received.length = 0;
  await ask("alerts", {});
  await ask("alerts", {});
  assert.deepEqual(received, [`fraud_warning:${warning.id}:1`]);
  assert.deepEqual(await openModules(ada), ["stable-diffusion"]);
});
