import assert from "node:assert/strict";
import postgres from "postgres";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import { newMember, openStage } from "./stage.ts";
import { sqlInSchema } from "../schema/sql_in_schema.ts";

const { stack, schema, sql } = await openStage();

Deno.test("events that arrive while a user is being erased are erased as well", async () => {
  const ada = await newMember(stack);
  const [row] = await sql`select email from auth.users where id = ${ada.id}`;
  const email = row?.email;
  const created = Math.floor(Date.now() / 1_000);
  const fact = {
    kind: "checkout_session",
    id: "cs_late",
    mode: "payment",
    status: "complete",
    payment_status: "paid",
    async_failed: false,
    amount_total: 1_000,
    created,
    user_ref: ada.id,
    module_ref: "stable-diffusion",
    payment_intent_id: "pi_late",
    subscription_id: null,
    invoice_id: null,
    client_reference_id: null,
    customer_id: "cus_late",
    price_ids: null,
    email,
  };
  const event = {
    id: "evt_late",
    type: "checkout.session.completed",
    created,
    api_version: null,
    livemode: false,
    account: null,
    object_id: "cs_late",
    payload: JSON.stringify({ email }),
    facts: [fact],
    quarantine: null,
    error: null,
  };

  const webhook = sqlInSchema(postgres(stack.dbUrl, { max: 1 }), schema);
  let erasing: Promise<unknown> | undefined;
  await webhook.begin(async (tx) => {
    await tx`select * from public.process_stripe_events(${tx.json([event])})`;
    // The erasure has searched the inbox before the webhook commits.
    erasing = sql`select public.erase_user(${ada.id}, 'olga', 'asked')`.execute();
    await delay(500);
  });
  await erasing;
  await webhook.end();

  const [left] = await sql`
    select payload, (select email from sesame.checkout_sessions where id = 'cs_late') as email
    from sesame.stripe_events where id = 'evt_late'`;
  assert.deepEqual({ ...left }, { payload: "", email: null });
  const [access] = await sql`select is_active from public.module_access where user_id = ${ada.id}`;
  assert.equal(access?.is_active, true);
});
