import type { Fact } from "./fact.ts";

/** What the object of an event is, by the head of the event's type. The longest head counts. */
const HEADS: { [Kind in Fact["kind"]]: readonly [string, ...string[]] } = {
  checkout_session: ["checkout.session."],
  payment_intent: ["payment_intent."],
  charge: ["charge."],
  refund: ["refund.", "charge.refund."],
  dispute: ["charge.dispute."],
  invoice: ["invoice."],
  invoice_payment: ["invoice_payment."],
  subscription: ["customer.subscription."],
  customer: ["customer.created", "customer.updated", "customer.deleted", "customer.fetched"],
  price: ["price.", "plan."],
};

/** Types that were considered and give no fact, each with the reason. Unknown ones give none too. */
export const SILENT = {
  "account.": "what an account may do, not what is sold",
  "credit_note.": "money that goes back with it arrives as a refund",
  "customer.": "cards, sources, discounts, tax ids: how a customer pays, not who he is",
  "entitlements.": "Stripe's own catalogue of features; ours is module_prices",
  "invoice.upcoming": "a preview of an invoice, not one yet",
  "invoiceitem.": "nothing is sold before an invoice has it",
  "product.": "the mapping lives in module_prices, and what was sold stays sold",
  "radar.": "a warning moves no money; a dispute does",
  "review.": "a warning moves no money; a refund does",
  "setup_intent.": "keeps a card for later and sells nothing",
  "subscription_schedule.": "a phase that begins updates its subscription",
} as const satisfies Record<string, string>;

const ROWS = rows();

/** The kind of fact that an event of this type gives; null: none. */
export function kindOf(type: string): Fact["kind"] | null {
  return ROWS.find(([head]) => type.startsWith(head))?.[1] ?? null;
}

function rows(): [head: string, kind: Fact["kind"] | null][] {
  const speaking = Object.entries(HEADS) as [Fact["kind"], readonly string[]][];
  return [
    ...speaking.flatMap(([kind, heads]) =>
      heads.map((head) => [head, kind] as [string, typeof kind])
    ),
    ...Object.keys(SILENT).map((head): [string, null] => [head, null]),
  ].sort(([one], [other]) => other.length - one.length);
}
