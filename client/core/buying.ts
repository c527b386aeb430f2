import { asking, byTheirNames } from "./answer.ts";
import { pageAddress, record, rows, text } from "./json.ts";
import type { ModuleState } from "./modules.ts";
import type { ServerCode } from "./problem.ts";
import type { Project } from "./project.ts";
import type { CallOptions, Result } from "./result.ts";

/** What to buy: a module by slug or id, a price of Stripe, or a price of that module. */
export type Purchase =
  & ({ module: string | number; price?: string | undefined } | {
    module?: undefined;
    price: string;
  })
  & {
    /** The page to return to, with an origin of `SITE_URL`; default the first address of `SITE_URL`. */
    returnUrl?: string | undefined;
    /** The code as customers write it, `LAUNCH20`. */
    promotionCode?: string | undefined;
    /** Default 1. */
    quantity?: number | undefined;
    /** The language of the payment page, `fr` or `en-GB`; default the browser's. */
    locale?: string | undefined;
  };

/** Where the browser goes next. */
export interface Address {
  url: string;
}

export const BUY_CODES = [
  ...["choose_price", "already_owned", "payment_pending", "subscription_stalled"] as const,
  ...["denied", "no_such_module", "no_such_price", "other_currency", "not_for_sale"] as const,
  ...["no_such_code", "code_refused", "invalid_request"] as const,
] as const satisfies ServerCode[];

export type BuyCode = typeof BUY_CODES[number];

/** Starts a purchase. A free module is open at once, and the address is the page to return to. */
export function buy(
  project: Project,
  { module, price, returnUrl, promotionCode, quantity, locale }: Purchase,
  options: CallOptions = {},
): Promise<Result<Address, BuyCode>> {
  const body = {
    ...module === undefined ? {} : { module },
    ...price === undefined ? {} : { price },
    ...returnUrl === undefined ? {} : { return_url: returnUrl },
    ...promotionCode === undefined ? {} : { promotion_code: promotionCode },
    ...quantity === undefined ? {} : { quantity },
    ...locale === undefined ? {} : { locale },
  };
  return asking(() => project.post("checkout", body, options), {
    read: addressIn,
    problems: byTheirNames(...BUY_CODES),
  }, options);
}

export interface PortalOptions extends CallOptions {
  /** As for a purchase. */
  returnUrl?: string | undefined;
}

export const PORTAL_CODES = ["no_customer", "invalid_request"] as const satisfies ServerCode[];

export type PortalCode = typeof PORTAL_CODES[number];

/** Opens Stripe's Billing Portal: cards, invoices, and the end of a subscription. */
export function openPortal(
  project: Project,
  { returnUrl, ...options }: PortalOptions = {},
): Promise<Result<Address, PortalCode>> {
  const body = returnUrl === undefined ? {} : { return_url: returnUrl };
  return asking(() => project.post("checkout/portal", body, options), {
    read: addressIn,
    problems: byTheirNames(...PORTAL_CODES),
  }, options);
}

function addressIn(body: unknown): Address | null {
  const url = pageAddress(record(body)?.url);
  return url === null ? null : { url };
}

export const SESSION_STATUSES = ["paid", "processing", "failed", "expired", "open"] as const;

export type SessionStatus = typeof SESSION_STATUSES[number];

/** The state of a Checkout Session, and the modules that it opens. */
export interface CheckoutSession {
  status: SessionStatus;
  modules: ModuleState[];
}

export const STATUS_CODES = ["no_such_session"] as const satisfies ServerCode[];

export type StatusCode = typeof STATUS_CODES[number];

/** The state of the member's Checkout Session. Sesame asks Stripe if the event has not arrived. */
export function sessionStatus(
  project: Project,
  sessionId: string,
  options: CallOptions = {},
): Promise<Result<CheckoutSession, StatusCode>> {
  return asking(() => project.post("checkout/status", { session_id: sessionId }, options), {
    read: sessionIn,
    problems: byTheirNames(...STATUS_CODES),
  }, options);
}

function sessionIn(body: unknown): CheckoutSession | null {
  const session = record(body);
  const status = text(session?.status);
  const modules = rows<ModuleState>(session?.modules, "slug");
  const isKnown = SESSION_STATUSES.some((known) => known === status);
  return isKnown && modules !== null ? { status: status as SessionStatus, modules } : null;
}
