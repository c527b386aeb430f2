/**
 * Ways to read from Stripe what a reference stands for: the id of an object, or the list of what
 * belongs to it, as `sub_1/invoices`.
 *
 * @module
 */

/** How what Stripe knows of an object is read. */
export interface Way {
  /** The head of the type of an event about it. */
  head: string;
  path: (id: string) => string;
  /** The list inside each object that Stripe cuts short, and where all of it is. */
  inner?: Inner;
  /** Whether "no such object" means that it has been deleted. */
  isDeletable?: true;
}

interface Inner {
  field: string;
  path: (id: string) => string;
}

const LINES: Inner = { field: "lines", path: (id) => `/v1/invoices/${id}/lines?limit=100` };

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
    // Never deletable: an ended one can still be read. A missing one is more likely read with the
    // key of another account, and no customer may lose a module to that.
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
    inner: LINES,
  }],
  ["pi", { head: "payment_intent", path: (id) => `/v1/payment_intents/${id}` }],
  ["price", { head: "price", path: (id) => `/v1/prices/${id}` }],
  ["plan", { head: "plan", path: (id) => `/v1/plans/${id}` }],
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

/** Lists that belong to an object, by its prefix and the name of the list. */
const WAYS_TO_LISTS: ReadonlyMap<string, Way> = new Map<string, Way>([
  ["sub/invoices", {
    head: "invoice",
    path: (id) => `/v1/invoices?limit=100&subscription=${id}&expand[]=data.payments`,
    inner: LINES,
  }],
  // With each payment itself: since 2025-03-31 it no longer says which invoice it pays.
  ["in/payments", {
    head: "invoice_payment",
    path: (id) =>
      `/v1/invoice_payments?limit=100&invoice=${id}&expand[]=data.payment.payment_intent`,
  }],
]);

/** By the prefix of the id; null: the reference is of no kind we know. */
export function wayOf(reference: string, itself: boolean): Way | null {
  const [, prefix = "", list = ""] = /^([a-z]+)_\w+(\/[a-z]+)?$/.exec(reference) ?? [];
  if (list !== "") return WAYS_TO_LISTS.get(prefix + list) ?? null;
  const links = itself ? undefined : WAYS_TO_LINKS.get(prefix);
  return links ?? WAYS_TO_ITSELF.get(prefix) ?? null;
}

/** The id of the object that a reference is about. */
export function subjectOf(reference: string): string {
  const [id = ""] = reference.split("/");
  return id;
}
