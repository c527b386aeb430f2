/** Payments that open nothing, although every part of the project works. */

import {
  event,
  invoicePaid,
  newId,
  newSessionId,
  newSubscription,
  seconds,
  type StripeEvent,
  type Subscription,
  subscriptionDeleted,
  subscriptionUpdated,
} from "../../../stripe/events.ts";
import { type Member, newMember } from "../../e2e/stage.ts";
import type { Fault } from "../fault.ts";
import type { TestSite } from "../test_site.ts";

/** Opens StableDiffusion for as long as a subscription to it runs. */
const RECURRING = "price_studio_monthly";

const MINUTE = 60;

/** The payer of the current fault. */
let payer: Member;

export const SALE_FAULTS: readonly Fault[] = [
  {
    title: "two prices were sold and one is mapped to no module",
    code: "price_unmapped",
    async breakIt({ sale, send }) {
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
    repair: ({ sql }) =>
      sql`select public.remap_price('price_setup_fee', null, null, 'op', 'a setup fee')`,
    buyer: () => payer,
  },
  {
    title: "a one-off invoice has a price that is mapped to no module",
    code: "price_unmapped",
    breakIt: async (site) => await bill(site, { id: "price_consulting", type: "one_time" }),
    repair: ({ sql, moduleId }) =>
      sql`insert into public.module_prices (stripe_price_id, module_id) values ('price_consulting', ${moduleId})`,
    buyer: () => payer,
  },
  {
    title: "a one-off invoice has a recurring price",
    code: "price_recurs",
    breakIt: async (site) => await bill(site, { id: RECURRING, type: "recurring" }),
    repair: grantIt,
    buyer: () => payer,
  },
  {
    title: "an invoice was paid after its subscription had ended",
    code: "paid_after_end",
    async breakIt(site) {
      const subscription = await subscribe(site);
      const ended_at = seconds() - 10 * MINUTE;
      await site.send(subscriptionDeleted(subscription, { ended_at }, { created: ended_at }));
      const status_transitions = { paid_at: seconds() };
      await site.send(invoicePaid(subscription, { status_transitions }));
    },
    repair: grantIt,
    buyer: () => payer,
  },
  {
    title: "a subscription was paid and never arrived",
    code: "subscription_missing",
    async breakIt(site) {
      const subscription = await subscribe(site);
      await site.send(begunBy(subscription));
      // Later, so that the function does not find it at once.
      // deno-lint-ignore no-explicit-any -- the stand-in keeps any object
      site.stack.stripe.store.put(subscriptionUpdated(subscription).data.object as any);
      await site.sql`
        update sesame.checkout_sessions set paid_at = paid_at - interval '20 minutes'
        where subscription_id = ${subscription.subscriptionId}`;
    },
    buyer: () => payer,
  },
  {
    title: "the site wrote a name that is no user and no address",
    code: "user_unreadable",
    async breakIt(site) {
      const { buyer, event } = await site.sale({
        metadata: { user_id: "user 42", module_id: site.moduleId },
        client_reference_id: null,
      });
      payer = buyer;
      await site.send(event);
    },
    repair: ({ sql }) =>
      sql`
        select public.move_purchase(source_id, ${payer.id}, 'op', 'they showed the receipt')
        from sesame.grants where user_id is null`,
    buyer: () => payer,
  },
];

/** A new member with a subscription that Stripe has not sent yet. */
async function subscribe({ stack }: TestSite): Promise<Subscription> {
  payer = await newMember(stack);
  return newSubscription({ userId: payer.id, priceId: RECURRING });
}

/** A new member pays an invoice with one line that belongs to no subscription. */
async function bill(site: TestSite, price: { id: string; type: string }): Promise<void> {
  payer = await newMember(site.stack);
  const now = seconds();
  await site.send(event("invoice.paid", {
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
    id: newSessionId(),
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

function grantIt({ sql }: TestSite): Promise<unknown> {
  return sql`select public.grant_module_access(${payer.id}, 'stable-diffusion', 'op', 'paid for it')`
    .execute();
}
