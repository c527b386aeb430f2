import type Stripe from "stripe";
import type { JsonObject } from "../_shared/facts/json.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
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
import { type Price, toPrice } from "./price.ts";
import { type ReadPromotionCode, toPromotionCode } from "./promotion_code.ts";
import {
  badAddress,
  type NoCustomer,
  noCustomer,
  noPrice,
  type OtherCurrency,
  refuse,
  unsold,
  unsoldWithCode,
} from "./stripe_refusals.ts";

/** Milliseconds one attempt may take. Stripe needs longer to create a session than to read one. */
const TIME_LIMIT = 8_000;

/** An object created at Stripe, with its event for the inbox. */
export interface Made {
  id: string;
  /** The page at Stripe; "" for an object without one. */
  url: string;
  /** With it a page of the site shows the payment page; "" for an object that is not embedded. */
  clientSecret: string;
  /** Stripe created it at an earlier request. It may be over by now. */
  isReplayed: boolean;
  event: InboxEvent;
}

/** The calls of checkout to Stripe. All methods throw `Unavailable`, or `internal` if Stripe refuses. */
export interface Shop {
  /** Null: not sold at present. */
  readPrice(id: string): Promise<Price | null>;
  readPromotionCode: ReadPromotionCode;
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
    // The secret is for the buyer's browser. The inbox keeps bodies for months.
    const { client_secret, ...kept } = { client_secret: null, ...object };
    const reading = { head, object: kept as unknown as JsonObject, stamp: stampOf(object) };
    return {
      id: object.id,
      url: "url" in object ? object.url ?? "" : "",
      clientSecret: client_secret ?? "",
      isReplayed: isReplayed(object),
      event: { ...await fetchedEvent(reading, object.id), livemode, account: null },
    };
  }

  async function makeCustomer(params: Stripe.CustomerCreateParams, former: number): Promise<Made> {
    const key = await idempotencyKey(params, former);
    const create = (options: Keyed) => stripe.customers.create(params, options);
    return await made("customer", await onceFor(key, create));
  }

  async function listCodes(which: Stripe.PromotionCodeListParams): Promise<Stripe.PromotionCode[]> {
    const params = {
      ...which,
      active: true,
      limit: 100,
      expand: ["data.promotion.coupon.applies_to"],
    };
    const page = await stripe.promotionCodes.list(params);
    stampOf(page);
    return page.data;
  }

  return {
    readPrice: (id) =>
      asking(async () => {
        const price = await stripe.prices.retrieve(id);
        stampOf(price);
        return price.active ? toPrice(price) : null;
      }, noPrice),

    readPromotionCode: (code, customer) =>
      asking(async () => {
        // Any number of customers may have codes of their own with these letters.
        const own = customer === null ? [] : await listCodes({ code, customer });
        const found = own.length > 0 ? own : await listCodes({ code });
        return found.map((one) => toPromotionCode(one, customer)).find((one) => one !== null) ??
          null;
      }, refuse),

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
      }, params.discounts === undefined ? unsold : unsoldWithCode),

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
