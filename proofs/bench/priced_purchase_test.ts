import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { toInboxEvent } from "../../supabase/functions/_shared/inbox.ts";
import { wantedWith } from "../../supabase/functions/stripe-webhook/enrich.ts";
import { pricedSession } from "./priced_purchase.ts";
import { storyEvents, takeEvents } from "./stories.ts";

const OURS = { livemode: false, accounts: new Set<string>() };

Deno.test("storyEvents(priced) needs Stripe, and Stripe's session answers with the price", () => {
  const [event] = takeEvents(storyEvents("priced"), 1);
  const id = event!.data.object.id;
  const { facts } = toInboxEvent({ text: "", event: event! }, OURS);
  deepStrictEqual(facts.map((fact) => fact.kind === "checkout_session" && fact.price_ids), [null]);
  const inboxEvent = toInboxEvent({ text: JSON.stringify(event), event: event! }, OURS);
  strictEqual(wantedWith(inboxEvent)?.id, id);

  const session = pricedSession(id);
  const { client_reference_id, payment_intent } = event!.data.object;
  deepStrictEqual(
    [session?.client_reference_id, session?.payment_intent],
    [client_reference_id, payment_intent],
  );
  strictEqual(pricedSession("cs_test_other"), null);
});
