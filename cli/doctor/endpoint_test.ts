import assert from "node:assert/strict";
import { type StandIn, startStandIn } from "../../local/stripe/stand_in.ts";
import type { WebhookEndpoint } from "../../local/stripe/objects.ts";
import { NEEDED_EVENTS } from "../../stripe/needed_events.ts";
import { check } from "./checks/endpoint.ts";
import { exitCode } from "./severity.ts";
import { openProject } from "./open_project.ts";
import type { Project } from "./project.ts";

const KEY = "sk_test_doctor";
const OURS = "https://abcdefghijklmnopqrst.supabase.co/functions/v1/stripe-webhook";
const OLD = "https://iahome.fr/api/webhooks/stripe";

/** The three events of the old site's guide. */
const OLD_EVENTS = [
  "checkout.session.completed",
  "payment_intent.succeeded",
  "invoice.payment_succeeded",
];

/** Stripe with these endpoints, the oldest first, and a project that has got an event or not. */
async function openScene(
  endpoints: Partial<WebhookEndpoint>[],
  { lastEvent = null, site }: { lastEvent?: string | null; site?: string } = {},
) {
  const stripe = startStandIn({ key: KEY });
  endpoints.forEach((endpoint, n) =>
    stripe.store.put({
      ...{ id: `we_${n + 1}`, object: "webhook_endpoint", created: n, livemode: false },
      ...{ enabled_events: [...NEEDED_EVENTS], status: "enabled", api_version: null },
      ...{ description: null, metadata: {} },
      ...endpoint,
    } as WebhookEndpoint)
  );
  const env: Record<string, string | undefined> = {
    SUPABASE_URL: "https://abcdefghijklmnopqrst.supabase.co",
    SUPABASE_SECRET_KEY: "sb_secret_x",
    STRIPE_SECRET_KEY: KEY,
    STRIPE_API_BASE: stripe.url,
    SITE_URL: site,
  };
  const project: Project = {
    ...await openProject((name) => env[name]),
    call: (name) => {
      assert.equal(name, "sesame_webhook_health");
      return Promise.resolve({ last_event_at: lastEvent });
    },
  };
  return { stripe, project, look: () => check.look(project), ...closing(stripe) };
}

function closing(stripe: StandIn) {
  return { [Symbol.asyncDispose]: () => stripe.stop() };
}

Deno.test("an old site's endpoint beside ours is reported as a note", async () => {
  const old = { url: OLD, enabled_events: OLD_EVENTS };
  await using scene = await openScene([old, { url: OURS }], { site: "https://www.iahome.fr/" });
  const findings = await scene.look();
  assert.deepEqual(findings, [{
    code: "endpoint_other",
    about: `we_1 (${OLD}, your site's); no event has come to Sesame yet, so keep it for now`,
  }]);
  assert.equal(exitCode([{ check, findings, skipped: null, blocked: null }]), 0);
});

Deno.test("after Sesame has got an event, the note about the old site's endpoint has its time", async () => {
  const lastEvent = "2026-11-29T10:00:00+00:00";
  await using scene = await openScene([{ url: OURS }, { url: OLD }], { lastEvent });
  const [first, ...more] = await scene.look();
  assert.deepEqual(more, []);
  assert.equal(
    first?.about,
    `we_2 (${OLD}, probably your old site's, by its path); the last event came to Sesame at ${lastEvent}`,
  );
});

Deno.test("every other endpoint with the same events is named, without secrets in its address", async () => {
  await using scene = await openScene([
    { url: OURS },
    { url: "https://hooks.zapier.com/hooks/catch/1/s3cret", enabled_events: ["invoice.paid"] },
    { url: "https://in.example.com/s3cret", enabled_events: ["*"] },
    { url: "https://api.revenuecat.com/s3cret" },
  ]);
  const about = (await scene.look()).map(({ about }) => about.split(";")[0]);
  assert.deepEqual(about.sort(), [
    "we_2 (hooks.zapier.com, Zapier's)",
    "we_3 (in.example.com, of an unknown owner)",
    "we_4 (api.revenuecat.com, RevenueCat's)",
  ]);
});

Deno.test("an endpoint that is disabled, or has none of our events, is not reported", async () => {
  await using scene = await openScene([
    { url: OURS },
    { url: OLD, status: "disabled" },
    { url: "https://iahome.fr/api/payouts", enabled_events: ["payout.paid"] },
  ]);
  assert.deepEqual(await scene.look(), []);
});

Deno.test("given only the old site's endpoint, endpoint_missing names it", async () => {
  await using scene = await openScene([{ url: OLD, enabled_events: OLD_EVENTS }]);
  const [first, ...more] = await scene.look();
  assert.deepEqual(more, []);
  assert.equal(first?.code, "endpoint_missing");
  assert.equal(
    first?.about,
    `${OURS}; Stripe sends to we_1 (${OLD}, probably your old site's, by its path) only`,
  );
  assert.deepEqual(first?.known, [{ project_ref: "abcdefghijklmnopqrst" }]);
});

Deno.test("an old site that may forward events is named, and the endpoint is still missing", async () => {
  const lastEvent = "2026-11-29T10:00:00+00:00";
  await using scene = await openScene([{ url: OLD, enabled_events: OLD_EVENTS }], { lastEvent });
  const [first] = await scene.look();
  assert.equal(first?.code, "endpoint_missing");
  assert.ok(
    first?.about.endsWith(` only; it may forward events: the last one came at ${lastEvent}`),
  );
});

Deno.test("--fix changes no endpoint of an old site, and disables none", async () => {
  for (const url of [OLD, "https://iahome.fr/api/stripe-webhook"]) {
    await using scene = await openScene([{ url, enabled_events: OLD_EVENTS }]);
    scene.project.setSecrets = () => Promise.resolve();
    const before = structuredClone(scene.stripe.store.all("webhook_endpoint"));
    const findings = await scene.look();
    assert.deepEqual(findings.map(({ code }) => code), ["endpoint_missing"]);
    await check.fix?.(scene.project, findings);

    const after = scene.stripe.store.all("webhook_endpoint");
    assert.deepEqual(after.filter(({ id }) => id === "we_1"), before);
    assert.equal(after.length, 2);
    const [other, ...more] = await scene.look();
    assert.deepEqual([other?.code, other?.plan, more], ["endpoint_other", undefined, []]);
  }
});

Deno.test("invoice.payment_succeeded at our endpoint is not called superfluous", async () => {
  await using scene = await openScene([
    { url: OURS, enabled_events: [...NEEDED_EVENTS, "invoice.payment_succeeded"] },
  ]);
  assert.deepEqual(await scene.look(), []);
});
