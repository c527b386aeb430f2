import type Stripe from "stripe";
import type { JsonObject } from "../_shared/facts/json.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import { Refusal } from "../_shared/problem.ts";
import { fetchedEvent } from "../_shared/stripe/fetching.ts";
import type { StripeAddress } from "../_shared/stripe/ask.ts";
import {
  connectStripe,
  faultOf,
  isInvalidRequest,
  isRepeated,
  isReplayed,
  isStripeError,
  stampOf,
} from "../_shared/stripe/client.ts";
import { idempotencyKey } from "./idempotency_key.ts";

/** Milliseconds one attempt may take. Stripe needs longer to create a session than to read one. */
const TIME_LIMIT = 8_000;

/** A price as Stripe has it. */
export interface Price {
  id: string;
  mode: "payment" | "subscription";
  isMetered: boolean;
  /** In the currency's smallest unit; null: not a fixed amount. */
  amount: number | null;
  currency: string;
  /** The unit of the period after which it is paid again; null: paid once. */
  interval: string | null;
  interval_count: number;
}

/** An object created at Stripe, with its event for the inbox. */
export interface Made {
  id: string;
  /** The page at Stripe; "" for an object without one. */
  url: string;
  /** Stripe created it at an earlier request. It may be over by now. */
  isReplayed: boolean;
  event: InboxEvent;
}

/** The customer no longer exists. */
export type NoCustomer = "no_customer";

/** All subscriptions of a customer must be in one currency. */
export type OtherCurrency = "other_currency";

/** The calls of checkout to Stripe. All methods throw `Unavailable`, or `internal` if Stripe refuses. */
export interface Shop {
  /** Null: not sold at present. */
  readPrice(id: string): Promise<Price | null>;
  /** `former`: the number of earlier objects. The same number gives the same object. */
  makeCustomer(params: Stripe.CustomerCreateParams, former: number): Promise<Made>;
  makeSession(
    params: Stripe.Checkout.SessionCreateParams,
    former: number,
  ): Promise<Made | NoCustomer | OtherCurrency>;
  /** Afterwards it can no longer be paid. False: it was over before, and may be paid. */
  expireSession(id: string): Promise<boolean>;
  openPortal(customer: string, page: URL): Promise<string | NoCustomer>;
}

/** Connects to Stripe at this address. */
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
      const { email: _, ...rest } = params; // Stripe's page asks for another address
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
 * Stripe also repeats a failure for as long as it keeps the key. For a day the member could not buy.
 * So another key is tried, a new one each minute: a double click still has the same key.
 */
async function onceFor<Value>(
  idempotencyKey: string,
  create: (options: Keyed) => Promise<Value>,
): Promise<Value> {
  try {
    return await create({ idempotencyKey });
  } catch (error) {
    if (!isStripeError(error) || !isRepeated(error)) throw error;
    const minute = Math.floor(Date.now() / 60_000);
    return await create({ idempotencyKey: `${idempotencyKey}-${minute}` });
  }
}

/** Only an invalid request is a refusal. */
async function asking<Value, Meaning>(
  work: () => Promise<Value>,
  meaningOf: (refusal: Stripe.errors.StripeInvalidRequestError) => Meaning,
): Promise<Value | Meaning> {
  try {
    return await work();
  } catch (error) {
    if (!isStripeError(error)) throw error;
    if (!isInvalidRequest(error)) throw faultOf(error);
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

/** Auth accepts addresses that Stripe refuses. The member can buy all the same. */
function badAddress(refusal: Stripe.errors.StripeInvalidRequestError): "bad_address" {
  return refusal.param === "email" ? "bad_address" : refuse(refusal);
}

/** An active price may have an archived product. Only creating a session shows that. */
function unsold(
  refusal: Stripe.errors.StripeInvalidRequestError,
): NoCustomer | OtherCurrency {
  // This error has no code and names no parameter.
  if (/combine currencies/i.test(refusal.message)) return "other_currency";
  if (!refusal.param?.startsWith("line_items")) return noCustomer(refusal);
  throw new Refusal("not_for_sale", { reason: reasonOf(refusal) });
}

/** Codes and parameter names are Stripe's own words. Messages may repeat the caller's text. */
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
