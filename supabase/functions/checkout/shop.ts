import Stripe from "stripe";
import type { JsonObject } from "../_shared/facts/json.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import { Refusal } from "../_shared/problem.ts";
import { fetchedEvent } from "../_shared/stripe/fetching.ts";
import {
  connectStripe,
  faultOf,
  isRepeated,
  isReplayed,
  stampOf,
  type StripeAddress,
} from "../_shared/stripe/stripe_api.ts";
import { idempotencyKey } from "./idempotency_key.ts";

/** Milliseconds one attempt may take: making a session takes Stripe longer than reading one. */
const TIME_LIMIT = 8_000;

/** A price as Stripe has it. */
export interface Price {
  id: string;
  mode: "payment" | "subscription";
  isMetered: boolean;
  /** In the currency's smallest unit; null: it depends. */
  amount: number | null;
  currency: string;
  /** Every so many of these it is paid again; null: once. */
  interval: string | null;
  interval_count: number;
}

/** Something made at Stripe, with the fact that it is there. */
export interface Made {
  id: string;
  /** Where the browser goes; "" where it goes nowhere. */
  url: string;
  /** Stripe made it at an earlier request: it may be over by now. */
  isReplayed: boolean;
  event: InboxEvent;
}

/** The customer is not there any more. */
export type NoCustomer = "no_customer";

/** Stripe takes one currency for all that a customer subscribes to. */
export type OtherCurrency = "other_currency";

/** What checkout does at Stripe. Everything throws `Unavailable`, or `internal` where Stripe says no. */
export interface Shop {
  /** Null: not sold at present. */
  readPrice(id: string): Promise<Price | null>;
  /** `former`: how many there were before; the same number, the same object. */
  makeCustomer(params: Stripe.CustomerCreateParams, former: number): Promise<Made>;
  makeSession(
    params: Stripe.Checkout.SessionCreateParams,
    former: number,
  ): Promise<Made | NoCustomer | OtherCurrency>;
  /** Nobody can pay it any more. False: it is over already, and may be paid. */
  expireSession(id: string): Promise<boolean>;
  openPortal(customer: string, page: URL): Promise<string | NoCustomer>;
}

/** The shop at an address; its client is made here. */
export function shopAt(address: StripeAddress, livemode: boolean): Shop {
  const stripe = connectStripe(address, TIME_LIMIT);

  async function made(
    head: string,
    object: Stripe.Response<Stripe.Customer | Stripe.Checkout.Session>,
  ): Promise<Made> {
    const reading = { head, object: object as unknown as JsonObject, stamp: stampOf(object) };
    return {
      id: object.id,
      url: "url" in object ? object.url ?? "" : "",
      isReplayed: isReplayed(object),
      event: { ...await fetchedEvent(reading, object.id), livemode, account: null },
    };
  }

  async function makeCustomer(params: Stripe.CustomerCreateParams, former: number): Promise<Made> {
    const key = await idempotencyKey(params, former);
    const create = (options: Keyed) => stripe.customers.create(params, options);
    return await made("customer", await onceFor(key, create));
  }

  return {
    readPrice: (id) =>
      asking(async () => {
        const price = await stripe.prices.retrieve(id);
        stampOf(price);
        return price.active ? toPrice(price) : null;
      }, noPrice),

    makeCustomer: async (params, former) => {
      const customer = await asking(() => makeCustomer(params, former), badAddress);
      if (customer !== "bad_address") return customer;
      const { email: _, ...rest } = params; // Stripe's page asks for one that it takes
      return await asking(() => makeCustomer(rest, former), refuse);
    },

    makeSession: (params, former) =>
      asking(async () => {
        const key = await idempotencyKey(params, former);
        const create = (options: Keyed) => stripe.checkout.sessions.create(params, options);
        return await made("checkout.session", await onceFor(key, create));
      }, unsold),

    expireSession: (id) =>
      asking(async () => {
        stampOf(await stripe.checkout.sessions.expire(id));
        return true;
      }, () => false),

    openPortal: (customer, page) =>
      asking(async () => {
        const params = { customer, return_url: page.href };
        const portal = await stripe.billingPortal.sessions.create(params);
        stampOf(portal);
        return portal.url;
      }, noCustomer),
  };
}

interface Keyed {
  idempotencyKey: string;
}

/**
 * Stripe says a failure again, too, for as long as it keeps the key: a day in which nobody could buy.
 * Then another key is tried, one each minute, so that a double click still has the same.
 */
async function onceFor<Value>(
  idempotencyKey: string,
  create: (options: Keyed) => Promise<Value>,
): Promise<Value> {
  try {
    return await create({ idempotencyKey });
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError && isRepeated(error))) throw error;
    const minute = Math.floor(Date.now() / 60_000);
    return await create({ idempotencyKey: `${idempotencyKey}-${minute}` });
  }
}

/** Only what Stripe itself says of the request is a refusal; anything else may pass. */
async function asking<Value, Meaning>(
  work: () => Promise<Value>,
  meaningOf: (refusal: Stripe.errors.StripeInvalidRequestError) => Meaning,
): Promise<Value | Meaning> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw faultOf(error);
    return meaningOf(error);
  }
}

function noPrice(refusal: Stripe.errors.StripeInvalidRequestError): null {
  return refusal.code === "resource_missing" ? null : refuse(refusal);
}

function noCustomer(refusal: Stripe.errors.StripeInvalidRequestError): NoCustomer {
  const isMissing = refusal.code === "resource_missing" && refusal.param === "customer";
  return isMissing ? "no_customer" : refuse(refusal);
}

/** Auth takes addresses that Stripe does not, and nobody is kept from buying for that. */
function badAddress(refusal: Stripe.errors.StripeInvalidRequestError): "bad_address" {
  return refusal.param === "email" ? "bad_address" : refuse(refusal);
}

/** A price can be active, and its product archived: only whoever sells it learns that. */
function unsold(
  refusal: Stripe.errors.StripeInvalidRequestError,
): NoCustomer | OtherCurrency {
  // It has no code and names no parameter.
  if (/combine currencies/i.test(refusal.message)) return "other_currency";
  if (!refusal.param?.startsWith("line_items")) return noCustomer(refusal);
  throw new Refusal("not_for_sale", { reason: reasonOf(refusal) });
}

/** Codes and names of parameters are Stripe's own words; its messages may hold the caller's. */
function reasonOf({ code, param, type }: Stripe.errors.StripeInvalidRequestError): string {
  return `Stripe: ${code ?? type} ${param ?? ""}`.trim();
}

function refuse(refusal: Stripe.errors.StripeInvalidRequestError): never {
  throw new Refusal("internal", { reason: reasonOf(refusal) });
}

function toPrice({ id, recurring, unit_amount, currency }: Stripe.Price): Price {
  return {
    id,
    mode: recurring === null ? "payment" : "subscription",
    isMetered: recurring?.usage_type === "metered",
    amount: unit_amount,
    currency,
    interval: recurring?.interval ?? null,
    interval_count: recurring?.interval_count ?? 1,
  };
}
