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
import type { Terms } from "./terms.ts";

/** The options of a subscription. */
export interface PlanOptions {
  /** The subscriber. Default ada. */
  user?: string;
  /** The price of its first item. Default price_alpha. */
  price?: string;
  /** The days on which its periods start; the last one is where the last period ends. */
  starts?: number[];
  /** Whether the subscription's own metadata names the user. Default true. */
  named?: boolean;
  /** The subscription's own metadata, if it is something else. */
  metadata?: Fields;
  /** The user whose address was given at checkout. Then the session names no user. Default none. */
  email?: string | null;
  /** The session's metadata, if it is not the user. */
  sessionMetadata?: Fields;
  /** The day it was made. Default 0. */
  created?: number;
  /** How its events are written. Default basil. */
  rendering?: Rendering;
}

/** An item of a subscription: what it costs, and the days of its period. */
export interface Item {
  /** Which of several; its place in the id. Default the first one. */
  which?: string;
  price: string;
  from: number;
  to: number;
  quantity?: number;
}

/** A snapshot of a subscription: the differences from an active one in its first period. */
export interface Snapshot extends Fields {
  status?: string;
  /** Which period it is in; counts from one. */
  period?: number;
  /** The price of its one item. */
  price?: string;
  /** Its items, where it has others than this one. */
  items?: Item[];
  /** Not all of its items are in the list. */
  hasMoreItems?: boolean;
}

/** A subscription: its session, its snapshots, and the bills of its periods. */
export function plan(name = "1", options: PlanOptions = {}) {
  const terms = termsOf(name, options);
  return {
    id: terms.id,
    /** The id of one of its items. */
    item: terms.itemId,
    sub: (what: string, day: number, snapshot: Snapshot = {}, over: Over = {}) =>
      event(`customer.subscription.${what}`, day, snapshotOf(terms, snapshot), over),
    snapshotOf: (snapshot: Snapshot) => snapshotOf(terms, snapshot),
    session: (day: number, fields: Fields = {}, what = "completed") =>
      session(terms, options, what, day, fields),
    ...bills(terms),
  };
}

export type Plan = ReturnType<typeof plan>;

function termsOf(name: string, options: PlanOptions): Terms {
  const { user = "ada", price = "price_alpha", named = true, created = 0 } = options;
  const { rendering = "basil" } = options;
  const starts = options.starts ?? [0, 30, 60, 90, 120];
  return {
    name,
    id: ref("sub", name),
    user,
    price,
    metadata: options.metadata ?? (named ? { user_id: userRef(user) } : {}),
    created,
    rendering,
    period: (n) => ({ from: starts[n - 1] ?? 0, to: starts[n] ?? 0 }),
    invoiceId: (n) => ref("in", `${name}.${n}`),
    itemId: (which = "") => ref("si", name + which),
  };
}

/** Up to acacia the period is on the subscription, since basil on each item; late acacia has both. */
function snapshotOf(terms: Terms, snapshot: Snapshot): Fields {
  const { status = "active", period: n = 1, price = terms.price, ...rest } = snapshot;
  const { items = [{ price, ...terms.period(n) }], hasMoreItems = false, ...fields } = rest;
  const [first] = items;
  return object("subscription", terms.id, {
    status,
    customer: ref("cus", terms.user),
    created: at(terms.created),
    collection_method: "charge_automatically",
    cancel_at: null,
    cancel_at_period_end: false,
    ended_at: null,
    trial_end: null,
    pause_collection: null,
    latest_invoice: terms.invoiceId(n),
    items: {
      object: "list",
      has_more: hasMoreItems,
      data: items.map((item) => itemOf(terms, item)),
    },
    metadata: terms.metadata,
    ...terms.rendering === "basil" || first === undefined ? {} : timesOf(first),
    ...fields,
  });
}

function itemOf(terms: Terms, item: Item): Fields {
  const { which, price, quantity = 1 } = item;
  const words = { quantity, price: { id: price, object: "price" } };
  const times = terms.rendering === "acacia" ? {} : timesOf(item);
  return object("subscription_item", terms.itemId(which), { ...words, ...times });
}

function timesOf({ from, to }: Item): Fields {
  return { current_period_start: at(from), current_period_end: at(to) };
}

function session(
  terms: Terms,
  { email = null, sessionMetadata }: PlanOptions,
  what: string,
  day: number,
  fields: Fields,
): StripeEvent {
  const { name, id, user, created, invoiceId } = terms;
  const buyer = email === null ? {} : { customer_details: { email: emailRef(email) } };
  const metadata = sessionMetadata ?? (email === null ? { user_id: userRef(user) } : {});
  const words = { mode: "subscription", status: "complete", payment_status: "paid" };
  const links = { subscription: id, invoice: invoiceId(1), payment_intent: null };
  const said = { ...words, ...links, customer: ref("cus", user), amount_total: 1000, ...buyer };
  return event(
    `checkout.session.${what}`,
    day,
    object("checkout.session", ref("cs", name), {
      ...said,
      created: at(created),
      metadata,
      ...fields,
    }),
  );
}

/** A customer; `fields` may hold the metadata that links it to a user. */
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
