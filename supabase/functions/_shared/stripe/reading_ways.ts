/**
 * Ways to read from Stripe what an id stands for.
 *
 * @module
 */

/** How what Stripe knows of an id is read. */
export interface Way {
  /** The head of the type of an event about it. */
  head: string;
  path: (id: string) => string;
  /** The list inside it that Stripe cuts short, and where all of it is. */
  inner?: { field: string; path: (id: string) => string };
  /** Whether "no such object" means that it has been deleted. */
  isDeletable?: true;
}

const DISPUTE: Way = { head: "charge.dispute", path: (id) => `/v1/disputes/${id}` };
const REFUND: Way = { head: "refund", path: (id) => `/v1/refunds/${id}` };
const CHARGE: Way = { head: "charge", path: (id) => `/v1/charges/${id}` };
const REFUNDS_OF_CHARGE: Way = {
  head: "refund",
  path: (id) => `/v1/refunds?limit=100&charge=${id}`,
};

const WAYS_TO_ITSELF: ReadonlyMap<string, Way> = new Map<string, Way>([
  ["sub", {
    head: "customer.subscription",
    path: (id) => `/v1/subscriptions/${id}`,
    inner: { field: "items", path: (id) => `/v1/subscription_items?limit=100&subscription=${id}` },
    // Never deletable: an ended one can still be read, so a missing one is more likely a key of
    // another account, and who paid may not lose his module to that.
  }],
  ["cs", {
    head: "checkout.session",
    path: (id) => `/v1/checkout/sessions/${id}?expand[]=line_items`,
    inner: {
      field: "line_items",
      path: (id) => `/v1/checkout/sessions/${id}/line_items?limit=100`,
    },
  }],
  ["in", {
    head: "invoice",
    path: (id) => `/v1/invoices/${id}?expand[]=payments`,
    inner: { field: "lines", path: (id) => `/v1/invoices/${id}/lines?limit=100` },
  }],
  ["pi", { head: "payment_intent", path: (id) => `/v1/payment_intents/${id}` }],
  ["cus", { head: "customer", path: (id) => `/v1/customers/${id}`, isDeletable: true }],
  ["inpay", { head: "invoice_payment", path: (id) => `/v1/invoice_payments/${id}` }],
  ["ch", CHARGE],
  ["py", CHARGE],
  ["re", REFUND],
  ["pyr", REFUND],
  ["dp", DISPUTE],
  ["du", DISPUTE],
]);

/** Of a payment, what is missing is never itself, but what points at it. */
const WAYS_TO_LINKS: ReadonlyMap<string, Way> = new Map<string, Way>([
  ["ch", REFUNDS_OF_CHARGE],
  ["py", REFUNDS_OF_CHARGE],
  ["pi", {
    head: "invoice_payment",
    path: (id) =>
      "/v1/invoice_payments?limit=100&payment[type]=payment_intent" +
      `&payment[payment_intent]=${id}`,
  }],
]);

/** By the prefix of the id; null: it is no id of a kind we know. */
export function wayOf(id: string, itself: boolean): Way | null {
  const prefix = /^([a-z]+)_\w+$/.exec(id)?.[1] ?? "";
  const links = itself ? undefined : WAYS_TO_LINKS.get(prefix);
  return links ?? WAYS_TO_ITSELF.get(prefix) ?? null;
}
