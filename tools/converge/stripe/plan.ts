import { at, T0 } from "./clock.ts";
import {
  event,
  type Fields,
  object,
  type Over,
  type Rendering,
  type StripeEvent,
} from "./event.ts";
import { emailRef, ref, userRef } from "./ids.ts";
import { bills } from "./bills.ts";

/** What is told otherwise of a subscription. */
export interface PlanOptions {
  /** Who subscribes. Default ada. */
  user?: string;
  /** The price of its one item. Default price_alpha. */
  price?: string;
  /** The days on which its periods start; the last one is where the last period ends. */
  starts?: number[];
  /** Whether the subscription's own metadata names the user. Default true. */
  named?: boolean;
  /** Whose address was given at checkout; then its session names nobody. Default nobody's. */
  email?: string | null;
  /** A second item, billed by the year. Default none. */
  yearly?: string | null;
}

/** A snapshot of a subscription, where it differs from active in its first period. */
export interface Snapshot extends Fields {
  status?: string;
  /** Which period it is in; counts from one. */
  period?: number;
  price?: string;
}

/** What the events of one subscription have in common. */
export interface Terms {
  name: string;
  id: string;
  customer: string;
  userId: string;
  email: string | null;
  price: string;
  yearly: string | null;
  metadata: Fields;
  /** Start and end of period `n`, in Unix seconds. */
  period(n: number): { start: number; end: number };
  invoiceId(n: number): string;
}

/** A subscription: its session, its snapshots, and the bills of its periods. */
export function plan(name = "1", options: PlanOptions = {}) {
  const terms = termsOf(name, options);
  return {
    id: terms.id,
    sub: (what: string, day: number, snapshot: Snapshot = {}, over: Over = {}) =>
      event(`customer.subscription.${what}`, day, snapshotOf(terms, snapshot, "basil"), over),
    snapshotOf: (snapshot: Snapshot, rendering: Rendering) =>
      snapshotOf(terms, snapshot, rendering),
    session: (day: number) => session(terms, day),
    ...bills(terms),
  };
}

function termsOf(name: string, options: PlanOptions): Terms {
  const { user = "ada", price = "price_alpha", yearly = null, named = true, email = null } =
    options;
  const starts = options.starts ?? [0, 30, 60, 90, 120];
  const userId = userRef(user);
  return {
    name,
    id: ref("sub", name),
    customer: ref("cus", user),
    userId,
    email,
    price,
    yearly,
    metadata: named ? { user_id: userId } : {},
    period: (n) => ({ start: at(starts[n - 1] ?? 0), end: at(starts[n] ?? 0) }),
    invoiceId: (n) => ref("in", `${name}.${n}`),
  };
}

/** `acacia` has the period on the subscription, `basil` and later on each item. */
function snapshotOf(terms: Terms, snapshot: Snapshot, rendering: Rendering): Fields {
  const { status = "active", period: n = 1, price = terms.price, ...fields } = snapshot;
  const { start, end } = terms.period(n);
  const times = { current_period_start: start, current_period_end: end };
  const first = item(terms, "", price, rendering === "basil" ? times : {});
  return object("subscription", terms.id, {
    status,
    customer: terms.customer,
    cancel_at: null,
    cancel_at_period_end: false,
    ended_at: null,
    trial_end: null,
    pause_collection: null,
    latest_invoice: terms.invoiceId(n),
    items: { object: "list", has_more: false, data: [first, ...secondItem(terms)] },
    metadata: terms.metadata,
    ...rendering === "acacia" ? times : {},
    ...fields,
  });
}

/** Since flexible billing, items of one subscription may have periods of their own. */
function secondItem(terms: Terms): Fields[] {
  const year = { current_period_start: at(0), current_period_end: at(365) };
  return terms.yearly === null ? [] : [item(terms, ".2", terms.yearly, year)];
}

function item({ name }: Terms, which: string, price: string, times: Fields): Fields {
  const words = { quantity: 1, price: { id: price, object: "price" }, ...times };
  return object("subscription_item", ref("si", name + which), words);
}

function session(terms: Terms, day: number): StripeEvent {
  const { name, id, customer, userId, invoiceId, email } = terms;
  const buyer = email === null
    ? { metadata: { user_id: userId } }
    : { metadata: {}, customer_details: { email: emailRef(email) } };
  const words = { mode: "subscription", status: "complete", payment_status: "paid" };
  const links = { subscription: id, invoice: invoiceId(1), payment_intent: null, customer };
  const said = { ...words, ...links, amount_total: 1000, ...buyer };
  const session = object("checkout.session", ref("cs", name), said);
  return event("checkout.session.completed", day, session);
}

/** A customer; `fields` may hold the metadata that links him to a user. */
export function customer(
  what: string,
  day: number,
  user = "ada",
  fields: Fields = {},
  over: Over = {},
): StripeEvent {
  const words = { created: T0, email: `${user}@example.com`, ...fields };
  return event(`customer.${what}`, day, object("customer", ref("cus", user), words), over);
}
