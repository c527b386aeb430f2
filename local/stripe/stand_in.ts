/**
 * A stand-in for Stripe on this machine: its API, its payment page and its portal, with events sent
 * to the webhook. It keeps its objects, and refuses what Stripe does not publish.
 *
 * @module
 */

import Stripe from "stripe";
import { newId } from "../../stripe/events.ts";
import { expanded } from "./expanding.ts";
import { decodeForm } from "./form.ts";
import { idempotency, type Once } from "./idempotency.ts";
import type { Coupon, Price, Product, PromotionCode } from "./objects.ts";
import { payPage } from "./pages/pay_page.ts";
import { portalPage } from "./pages/portal_page.ts";
import { sessionsPage } from "./pages/sessions_page.ts";
import { LISTENING, openListeners } from "./listeners.ts";
import { readParameters } from "./parameters.ts";
import { createCoupon } from "./resources/coupons.ts";
import { RESOURCES } from "./resources/index.ts";
import { createCode } from "./resources/promotion_codes.ts";
import { createStore, type Store } from "./store.ts";
import { errorBody, rateLimited, StripeError } from "./stripe_error.ts";
import { type Destination, startWebhooks, type Webhooks } from "./webhooks.ts";
import { newObject, type Resource, type StripeDeps } from "./deps.ts";

export interface StandInOptions {
  /** The one secret key that opens it. */
  key: string;
  /** Its first endpoint; default none. */
  webhook?: Destination;
  /** Default: a free one. */
  port?: number;
}

/** A product and its price, as made in the Dashboard. */
export interface NewPrice {
  id: string;
  amount: number;
  /** Null: a one-time price. */
  interval: "day" | "week" | "month" | "year" | null;
  product: string;
}

/** A promotion code and its coupon, as made in the Dashboard. */
export interface NewCode {
  code: string;
  percentOff: number;
  /** Default `once`. */
  duration?: Coupon["duration"];
}

export interface StandIn extends AsyncDisposable {
  /** For `STRIPE_API_BASE`. */
  url: string;
  addPrice(price: NewPrice): Price;
  /** Sends the events of all products and prices, as if they had just been made. */
  announcePrices(): void;
  addCode(code: NewCode): PromotionCode;
  store: Store;
  webhooks: Webhooks;
  /** Lets this many seconds pass: sessions expire, and keys and events are removed. */
  pass(seconds: number): void;
  /** Answers this many of the next requests to the API with 429, and does nothing. */
  slowDown(requests: number): void;
  stop(): Promise<void>;
}

/** How long a redirect waits for the webhook to answer, in milliseconds, as Stripe's does. */
const PATIENCE = 10_000;

export function startStandIn({ key, webhook, port = 0 }: StandInOptions): StandIn {
  const store = createStore();
  let passed = 0;
  let tooMany = 0;
  const now = () => Math.floor(Date.now() / 1_000) + passed;
  const listeners = openListeners();
  const webhooks = startWebhooks(store, now, listeners, webhook);
  const once = idempotency(now);

  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/v1/")) {
        const isTooMuch = tooMany > 0;
        if (isTooMuch) tooMany--;
        return await answerApi(request, key, once, deps, isTooMuch);
      }
      if (pathname === LISTENING) return listeners.connect(request);
      const shown = await showPage(request, pathname, deps);
      await Promise.race([webhooks.delivered(), wait(PATIENCE)]);
      return shown;
    },
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const deps: StripeDeps = { store, listeners, origin, now, announce: webhooks.announce };

  let stopped: Promise<void> | null = null;
  const stop = () => {
    listeners.close();
    return stopped ??= server.shutdown();
  };
  return {
    url: origin,
    store,
    webhooks,
    addPrice: (price) => addPrice(price, deps),
    announcePrices() {
      for (const product of store.all("product")) deps.announce("product.created", product);
      for (const price of store.all("price")) deps.announce("price.created", price);
    },
    addCode: (code) => addCode(code, deps),
    pass: (seconds) => void (passed += seconds),
    slowDown: (requests) => void (tooMany += requests),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function answerApi(
  request: Request,
  key: string,
  once: Once,
  deps: StripeDeps,
  isTooMuch: boolean,
): Promise<Response> {
  const idempotencyKey = request.method === "POST" ? request.headers.get("idempotency-key") : null;
  const headers: Record<string, string> = {
    "content-type": "application/json",
    date: new Date(1_000 * deps.now()).toUTCString(),
    "request-id": newId("req"),
    "stripe-version": request.headers.get("stripe-version") ?? Stripe.API_VERSION,
    ...idempotencyKey === null ? {} : { "idempotency-key": idempotencyKey },
  };
  try {
    refuseStranger(request.headers, key);
    if (isTooMuch) throw rateLimited();
    const { pathname, search } = new URL(request.url);
    const text = request.method === "GET" ? search.slice(1) : await request.text();
    const version = request.headers.get("stripe-version");
    const work = () => JSON.stringify(handle(request.method, pathname, text, version, deps));
    const { answer, isReplayed } = once(
      idempotencyKey,
      `${request.method} ${pathname} ${text}`,
      work,
    );
    if (isReplayed) headers["idempotent-replayed"] = "true";
    return new Response(answer, { headers });
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    if (error.status === 429) headers["retry-after"] = "1";
    return new Response(JSON.stringify(errorBody(error)), { status: error.status, headers });
  }
}

function handle(
  method: string,
  pathname: string,
  text: string,
  version: string | null,
  deps: StripeDeps,
): object {
  const found = route(method, pathname);
  if (found === null) {
    throw new StripeError(404, {
      message: `Unrecognized request URL (${method}: ${pathname}). If you are trying to list ` +
        "objects, remove the trailing slash. If you are trying to retrieve an object, make sure " +
        "you passed a valid (non-empty) identifier in your code.",
    });
  }
  const { endpoint, id, answer } = found;
  const { expand = [], ...params } = readParameters(
    endpoint,
    decodeForm(new URLSearchParams(text)),
    version,
  );
  return expanded(answer({ params, id }, deps), expand as string[], deps);
}

function route(method: string, pathname: string) {
  for (const [endpoint, answer] of Object.entries<Resource[string]>(RESOURCES)) {
    const [verb, path = ""] = endpoint.split(" ");
    const match = new RegExp(`^${path.replace(":id", "([^/]+)")}$`).exec(pathname);
    if (verb === method && match !== null) return { endpoint, id: match[1] ?? "", answer };
  }
  return null;
}

/** As a bearer token, or as the user of basic authentication. */
function refuseStranger(headers: Headers, key: string): void {
  const authorization = headers.get("authorization") ?? "";
  if ([`Bearer ${key}`, `Basic ${btoa(`${key}:`)}`].includes(authorization)) return;
  throw new StripeError(401, {
    message: authorization === "" ? "You did not provide an API key." : "Invalid API Key provided.",
  });
}

async function showPage(
  request: Request,
  pathname: string,
  deps: StripeDeps,
): Promise<Response> {
  if (pathname === "/") return sessionsPage(deps);
  const [, kind, id = ""] = /^\/(c\/pay|p\/session)\/(\w+)$/.exec(pathname) ?? [];
  const show = kind === "p/session" ? portalPage : payPage;
  return await show(request, id, deps) ?? new Response("there is nothing here", { status: 404 });
}

function addPrice({ id, amount, interval, product }: NewPrice, deps: StripeDeps): Price {
  return deps.store.put({
    ...newObject("price", "price", deps),
    id,
    active: true,
    type: interval === null ? "one_time" : "recurring",
    unit_amount: amount,
    currency: "eur",
    product: productNamed(product, deps).id,
    recurring: interval === null ? null : { interval, interval_count: 1, usage_type: "licensed" },
    billing_scheme: "per_unit",
    nickname: null,
    tax_behavior: "inclusive",
    metadata: {},
  });
}

/** The product with this name, or a new one. */
function productNamed(name: string, deps: StripeDeps): Product {
  const known = deps.store.all("product").find((product) => product.name === name);
  return known ?? deps.store.put<Product>({
    ...newObject("product", "prod", deps),
    active: true,
    name,
    description: null,
    images: [],
    metadata: {},
  });
}

function addCode(
  { code, percentOff: percent_off, duration = "once" }: NewCode,
  deps: StripeDeps,
): PromotionCode {
  const { id } = createCoupon({ percent_off, duration, name: code }, deps);
  return createCode({ code, promotion: { type: "coupon", coupon: id } }, deps);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    Deno.unrefTimer(setTimeout(resolve, milliseconds));
  });
}
