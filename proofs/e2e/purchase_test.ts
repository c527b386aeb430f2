import assert from "node:assert/strict";
import {
  checkoutSessionCompleted,
  newPurchase,
  refundCreated,
  refundFailed,
  type StripeEvent,
} from "../../stripe/events.ts";
import { accessOf, assertFolded } from "./database_view.ts";
import { send } from "./delivery.ts";
import { openModules, openStage } from "./stage.ts";
import { bootWebhook, type DoorName, DOORS } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, ada, bob, anon, moduleId } = stage;

/** The steps of one purchase of Ada's: the answers to Stripe, and the modules of each member. */
async function live(door: DoorName): Promise<string[]> {
  await using webhook = await bootWebhook(stage, { door });
  const purchase = newPurchase({ userId: ada.id, moduleId });
  const paid = checkoutSessionCompleted(purchase);
  const refunded = refundCreated(purchase);
  const cameBack = refundFailed(purchase, { id: refunded.data.object.id });

  const story: string[] = [];
  async function step(event: StripeEvent): Promise<void> {
    const answer = await send(webhook.endpoint, stack.webhookSecret, event);
    const access = await accessOf(sql, ada.id);
    story.push(
      `${answer}; ada: ${await openModules(ada)}; bob: ${await openModules(bob)}; ${access}`,
    );
  }
  for (const event of [paid, paid, refunded, refunded, cameBack, cameBack, paid]) await step(event);
  await step(refundCreated(purchase)); // refunded again, so that the next door begins with a closed module
  return story;
}

const OPEN = "ada: stable-diffusion; bob: ; stable-diffusion open purchase";
const CLOSED = "ada: ; bob: ; stable-diffusion closed refunded";
const STORY = [
  `200 applied; ${OPEN}`,
  `200 duplicate; ${OPEN}`,
  `200 applied; ${CLOSED}`,
  `200 duplicate; ${CLOSED}`,
  `200 applied; ${OPEN}`,
  `200 duplicate; ${OPEN}`,
  `200 duplicate; ${OPEN}`,
  `200 applied; ${CLOSED}`,
];

for (const door of DOORS) {
  Deno.test(`by the ${door} door a payment opens, a refund closes, a failed refund opens again`, async () => {
    assert.deepEqual(await live(door), STORY);
    await assertFolded(sql);
  });
}

Deno.test("a member's purchases are readable by that member only", async () => {
  const purchase = newPurchase({ userId: ada.id, moduleId });
  const paid = checkoutSessionCompleted(purchase);
  const endpoint = `${stack.functionsUrl}/stripe-webhook`;
  assert.equal(await send(endpoint, stack.webhookSecret, paid), "200 applied");

  const own = await ada.client.from("module_access").select("user_id, is_active");
  assert.deepEqual(own.data, [{ user_id: ada.id, is_active: true }]);
  const others = await bob.client.from("module_access").select();
  assert.deepEqual(others.data, []);
  const aimed = await bob.client.from("module_access").select().eq("user_id", ada.id);
  assert.deepEqual(aimed.data, []);
  const nobodys = await anon.client.from("module_access").select();
  assert.equal(nobodys.error?.code, "42501");

  const module = { module: "stable-diffusion" };
  const answers = [ada, bob, anon].map(({ client }) => client.rpc("has_module_access", module));
  const [adas, bobs, anons] = await Promise.all(answers);
  assert.deepEqual([adas?.data, bobs?.data, anons?.error?.code], [true, false, "42501"]);
});
