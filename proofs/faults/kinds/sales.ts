/** What was paid for and opens nothing, though every part of the project works. */

import {
  event,
  invoicePaid,
  newId,
  newSubscription,
  seconds,
  type StripeEvent,
  type Subscription,
  subscriptionDeleted,
  subscriptionUpdated,
} from "../../../stripe/events.ts";
import { type Member, newMember } from "../../e2e/stage.ts";
import type { Fault } from "../fault.ts";
import type { Patient } from "../patient.ts";

/** Opens StableDiffusion for as long as a subscription to it runs. */
const RECURRING = "price_studio_monthly";

const MINUTE = 60;

/** Who paid in the fault at hand. */
let payer: Member;

export const SALE_FAULTS: readonly Fault[] = [
  {
    title: "one of two prices that were sold is mapped to nothing",
    code: "price_unmapped",
    async strike({ sale, send }) {
      const { event, buyer } = await sale({
        line_items: {
          object: "list",
          has_more: false,
          data: ["price_stable_diffusion", "price_setup_fee"].map((id) => ({ price: { id } })),
        },
      });
      payer = buyer;
      event.data.object.metadata = { user_id: buyer.id };
      await send(event);
    },
    relieve: ({ sql }) =>
      sql`select public.remap_price('price_setup_fee', null, null, 'op', 'a setup fee')`,
    gains: () => payer,
  },
  {
    title: "a one-off invoice has a price that is mapped to nothing",
    code: "price_unmapped",
    strike: async (patient) => await bill(patient, { id: "price_consulting", type: "one_time" }),
    relieve: ({ sql, moduleId }) =>
      sql`insert into public.module_prices (stripe_price_id, module_id) values ('price_consulting', ${moduleId})`,
    gains: () => payer,
  },
  {
    title: "a one-off invoice has a recurring price",
    code: "price_recurs",
    strike: async (patient) => await bill(patient, { id: RECURRING, type: "recurring" }),
    relieve: grantIt,
    gains: () => payer,
  },
  {
    title: "an invoice was paid after its subscription had ended",
    code: "paid_after_end",
    async strike(patient) {
      const subscription = await subscribe(patient);
      const ended_at = seconds() - 10 * MINUTE;
      await patient.send(subscriptionDeleted(subscription, { ended_at }, { created: ended_at }));
      const status_transitions = { paid_at: seconds() };
      await patient.send(invoicePaid(subscription, { status_transitions }));
    },
    relieve: grantIt,
    gains: () => payer,
  },
  {
    title: "a subscription was paid for and never came",
    code: "subscription_missing",
    async strike(patient) {
      const subscription = await subscribe(patient);
      await patient.send(begunBy(subscription));
      // Later, so that the function does not find it at once.
      // deno-lint-ignore no-explicit-any -- the stand-in keeps of an object what somebody reads
      patient.stack.stripe.store.put(subscriptionUpdated(subscription).data.object as any);
      await patient.sql`
        update sesame.checkout_sessions set paid_at = paid_at - interval '20 minutes'
        where subscription_id = ${subscription.subscriptionId}`;
    },
    gains: () => payer,
  },
  {
    title: "the site wrote a name that nobody can read",
    code: "user_unreadable",
    async strike(patient) {
      const { buyer, event } = await patient.sale({
        metadata: { user_id: "user 42", module_id: patient.moduleId },
        client_reference_id: null,
      });
      payer = buyer;
      await patient.send(event);
    },
    relieve: ({ sql }) =>
      sql`
        select public.move_purchase(source_id, ${payer.id}, 'op', 'they showed the receipt')
        from sesame.grants where user_id is null`,
    gains: () => payer,
  },
];

/** Somebody new, and a subscription of theirs that nobody has told of. */
async function subscribe({ stack }: Patient): Promise<Subscription> {
  payer = await newMember(stack);
  return newSubscription({ userId: payer.id, priceId: RECURRING });
}

/** Somebody new pays an invoice of one line, which belongs to no subscription. */
async function bill(patient: Patient, price: { id: string; type: string }): Promise<void> {
  payer = await newMember(patient.stack);
  const now = seconds();
  await patient.send(event("invoice.paid", {
    id: newId("in"),
    object: "invoice",
    status: "paid",
    amount_due: 900,
    amount_paid: 900,
    currency: "eur",
    customer: newId("cus"),
    lines: {
      object: "list",
      has_more: false,
      data: [{
        id: newId("il"),
        object: "line_item",
        type: "invoiceitem",
        amount: 900,
        quantity: 1,
        period: { start: now, end: now },
        price: { object: "price", ...price },
        proration: false,
      }],
    },
    metadata: { user_id: payer.id },
  }));
}

function begunBy(subscription: Subscription): StripeEvent {
  return event("checkout.session.completed", {
    id: newId("cs_test"),
    object: "checkout.session",
    mode: "subscription",
    status: "complete",
    payment_status: "paid",
    amount_total: subscription.amount,
    currency: subscription.currency,
    customer: subscription.customerId,
    subscription: subscription.subscriptionId,
    metadata: { user_id: subscription.userId },
  });
}

function grantIt({ sql }: Patient): Promise<unknown> {
  return sql`select public.grant_module_access(${payer.id}, 'stable-diffusion', 'op', 'paid for it')`
    .execute();
}
