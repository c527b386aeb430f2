/** The owner of an old site moves in; its own code, unchanged, works before and after real payments. */

import assert from "node:assert/strict";
import {
  chargeRefunded,
  checkoutSessionCompleted,
  invoicePaid,
  newPurchase,
  newSubscription,
  NO_LINES,
  refundCreated,
  subscriptionCreated,
} from "../../stripe/events.ts";
import { send } from "./delivery.ts";
import {
  addModule,
  closeExpired,
  handleWebhook,
  type OldEnvironment,
  openModule,
  readEncours,
  readShop,
} from "./old_site/code.ts";
import { INDEXES, ROWS, TABLE } from "./old_site/guide_sql.ts";
import { openStage } from "./stage.ts";

const JWT_SECRET = "the secret that the old site shares with its modules";

const { stack, sql, ada, bob } = await openStage({
  oldSite: new URL("old_site/database.sql", import.meta.url),
  env: { MODULE_TOKEN_LEGACY_SECRET: JWT_SECRET },
});
// As setup does where Auth asks before it confirms an address.
await sql`update sesame.settings set verified_email_claims = true`;
const WEBHOOK = `${stack.functionsUrl}/stripe-webhook`;
const SITE: OldEnvironment = {
  NEXT_PUBLIC_SUPABASE_URL: stack.apiUrl,
  SUPABASE_SERVICE_ROLE_KEY: stack.secretKey,
  JWT_SECRET,
};
const [STABLE_DIFFUSION, WHISPER, TRADUCTION] = ["1", "2", "3"];

/** The names on the member's page. */
async function encours({ client, id }: typeof ada): Promise<string[]> {
  return (await readEncours(client, id)).map(({ modules }) => modules.name);
}

function deliver(event: Parameters<typeof send>[2]): Promise<string> {
  return send(WEBHOOK, stack.webhookSecret, event);
}

Deno.test("the shop reads the columns that only the old site had", async () => {
  const shop = await readShop(ada.client);
  const shown = shop?.map(({ id, name, price, category, image_url, url }) =>
    [id, name, Number(price), category, image_url, url].join(" ")
  );
  assert.deepEqual(shown?.slice(0, 3), [
    "1 StableDiffusion 9.9 image /images/sd.png https://sd.example.com",
    "2 Whisper 4.5 son  https://whisper.example.com",
    "3 Traduction 0 outils  https://traduction.example.com",
  ]);
});

Deno.test("the owner adds a module as before", async () => {
  const added = await addModule(SITE, { name: "Texte à la voix", price: 3, category: "son" });
  assert.deepEqual([added?.name, Number(added?.price), added?.category], [
    ...["Texte à la voix", 3, "son"],
  ]);
});

Deno.test("members keep their modules on their pages, with their metadata", async () => {
  assert.deepEqual(await encours(bob), ["Whisper"]);
  const [had] = await readEncours(ada.client, ada.id);
  assert.deepEqual([had?.modules.name, had?.metadata.session_id, had?.metadata.source_page], [
    "Whisper",
    "cs_test_old",
    "/boutique",
  ]);
});

Deno.test("the uses that a token had counted are counted", async () => {
  const [token] = await sql`
    select usage_count, max_usage, name, module_name, jwt_token from public.access_tokens
    where id = '11111111-1111-4111-8111-111111111111'`;
  assert.deepEqual({ ...token }, {
    ...{ usage_count: 7, max_usage: 100, name: "Jeton de bob", module_name: "Whisper" },
    jwt_token: "eyJ.old.jwt",
  });
});

Deno.test("a refund closes what the old site had sold", async () => {
  const sold = newPurchase({
    ...{ userId: ada.id, moduleId: WHISPER ?? "", sessionId: "cs_test_old" },
    paymentIntentId: "pi_old",
  });
  assert.equal(await deliver(chargeRefunded(sold)), "200 applied");
  assert.deepEqual(await encours(ada), []);
});

Deno.test("tables of the site's own point at the new ones", async () => {
  const [key] = await sql`
    select confrelid::regclass::text as target from pg_constraint where conname = 'orders_module_id_fkey'`;
  assert.equal(key?.target, "modules");
});

Deno.test("one payment, two handlers: the site's own webhook and ours; a refund closes what both wrote", async () => {
  const bought = newPurchase({ userId: ada.id, moduleId: STABLE_DIFFUSION ?? "" });
  const paid = checkoutSessionCompleted(bought, NO_LINES);
  const written = await handleWebhook(SITE, paid) as Record<string, unknown>;
  assert.deepEqual([written.user_id, written.module_id, written.is_active], [ada.id, 1, true]);
  assert.deepEqual(await encours(ada), ["StableDiffusion"]);

  assert.equal(await deliver(paid), "200 applied");
  assert.deepEqual(await encours(ada), ["StableDiffusion"]);
  await handleWebhook(SITE, paid); // Stripe sends it again
  assert.deepEqual(await encours(ada), ["StableDiffusion"]);

  assert.equal(await deliver(refundCreated(bought)), "200 applied");
  assert.deepEqual(await encours(ada), []);
});

Deno.test("a renewal lengthens what the site's own webhook and ours keep", async () => {
  const subscribed = newSubscription({ userId: bob.id, priceId: "price_whisper_monthly" });
  assert.equal(await deliver(subscriptionCreated(subscribed)), "200 applied");
  assert.equal(await deliver(invoicePaid(subscribed)), "200 applied");
  const renewed = {
    ...invoicePaid(subscribed),
    type: "invoice.payment_succeeded",
  };
  renewed.data.object.metadata = { user_id: bob.id, module_id: WHISPER };
  const rows = await handleWebhook(SITE, renewed) as { expires_at: string | null }[];
  assert.equal(rows.length, 1);
  assert.deepEqual(await encours(bob), ["Whisper"]);
});

Deno.test("the job that closes what has expired closes nothing that is paid", async () => {
  const before = [await encours(ada), await encours(bob)];
  await closeExpired(SITE);
  assert.deepEqual([await encours(ada), await encours(bob)], before);
});

/** The call of the guide, with the secret key as its one new header. */
function orderToken(body: Record<string, unknown>): Promise<Response> {
  return fetch(`${stack.functionsUrl}/module-token`, {
    method: "POST",
    headers: { "content-type": "application/json", apikey: stack.secretKey },
    body: JSON.stringify(body),
  });
}

Deno.test("the token call of the guide, word for word, opens a module that knows the shared secret", async () => {
  const body = {
    ...{ moduleId: "1", userId: "test-user-id", paymentId: "test-payment" },
    ...{ accessLevel: "premium", expirationHours: 72, maxUsage: 100 },
  };
  const early = await orderToken(body);
  assert.deepEqual([early.status, (await early.json()).waits], [202, true]);

  // The owner says once which user the old id means, and which modules still share the secret.
  await sql`update public.access_tokens set created_by = ${bob.id} where user_ref = 'test-user-id'`;
  await sql`update public.modules set metadata = metadata || '{"token_alg": "HS256"}' where id = 1`;
  const answer = await (await orderToken(body)).json();
  assert.deepEqual([answer.success, answer.moduleId, answer.maxUsage], [true, "1", 100]);
  assert.equal((await openModule(SITE, answer.token)).accessLevel, "premium");
});

Deno.test("a token is requested by address", async () => {
  const response = await orderToken({
    ...{ moduleId: TRADUCTION, userId: "bob@example.com", paymentId: "free" },
  });
  assert.equal(response.status, 200, await response.text());
  assert.deepEqual((await encours(bob)).toSorted(), ["StableDiffusion", "Traduction", "Whisper"]);
});

Deno.test("the SQL of the guides, run once more, changes nothing", async () => {
  const before = [await encours(ada), await encours(bob)];
  await sql.unsafe(`${TABLE}${INDEXES}${ROWS}`).simple();
  assert.deepEqual([await encours(ada), await encours(bob)], before);
});
