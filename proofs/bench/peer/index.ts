/**
 * The peer's webhook, configured as its page for Edge Functions says.
 *
 * Stripe is the stand-in that `STRIPE_STUB` names; without it every list is empty, at once.
 *
 * @module
 */

const stub = Deno.env.get("STRIPE_STUB") ?? "";
const through = globalThis.fetch;
globalThis.fetch = stub === "" ? () => Promise.resolve(emptyList()) : (input, init) => {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input);
  return through(`${stub}${pathname}${search}`, init);
};

// A variable, so that the checks of the project do not fetch the package.
const NAME = "@supabase/stripe-sync-engine";
const { StripeSync } = await import(NAME);

const sync = new StripeSync({
  poolConfig: { connectionString: Deno.env.get("DATABASE_URL"), max: 20, keepAlive: true },
  stripeWebhookSecret: Deno.env.get("STRIPE_WEBHOOK_SECRET"),
  stripeSecretKey: Deno.env.get("STRIPE_SECRET_KEY"),
  backfillRelatedEntities: false,
  autoExpandLists: true,
});

async function handle(request: Request): Promise<Response> {
  const body = new Uint8Array(await request.arrayBuffer());
  await sync.processWebhook(body, request.headers.get("stripe-signature"));
  return new Response(null, { status: 202 });
}

function emptyList(): Response {
  return Response.json({ object: "list", data: [], has_more: false, url: "/v1/nothing" });
}

export default { fetch: handle };
