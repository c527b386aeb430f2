import type Stripe from "stripe";
import type { Member } from "../_shared/members.ts";
import type { Price } from "./price.ts";
import type { PurchaseRequest } from "./purchase_request.ts";
import { successUrl } from "./return_url.ts";
import type { MappedPrice, Offer } from "./rows.ts";

type Params = Stripe.Checkout.SessionCreateParams;

/** What is sold, to whom and how. */
export interface Sale {
  member: Member;
  /** At Stripe. */
  customer: string;
  price: Price;
  mapped: MappedPrice;
  offer: Offer;
  wanted: PurchaseRequest;
  /** The id at Stripe of the promotion code; null: none. */
  promotionCode: string | null;
}

/**
 * The request for a Checkout Session. A request with other parameters has another idempotency key, so
 * nothing in here may depend on the clock.
 */
export function sessionParams(sale: Sale): Params {
  const { member: { id }, customer, price, wanted: { quantity, locale } } = sale;
  return {
    mode: price.mode,
    customer,
    client_reference_id: id,
    line_items: [{ price: price.id, ...price.isMetered ? {} : { quantity } }],
    ...pagesOf(sale),
    ...discountsOf(sale),
    ...taxesOf(sale),
    ...locale === null ? {} : { locale },
    ...metadataOf(sale),
    expand: ["line_items"], // with them the fact says which prices were sold
  };
}

function pagesOf({ wanted: { page, uiMode } }: Sale): Params {
  return uiMode === "embedded"
    ? { ui_mode: "embedded_page", return_url: successUrl(page) }
    : { success_url: successUrl(page), cancel_url: page.href };
}

/** Stripe takes either a code or a field for one, and never both. */
function discountsOf({ promotionCode, offer }: Sale): Params {
  if (promotionCode !== null) return { discounts: [{ promotion_code: promotionCode }] };
  return offer.promotion_codes === true ? { allow_promotion_codes: true } : {};
}

/** The customer exists already, so Stripe has to be allowed to store the address and name that it asks for. */
function taxesOf({ offer: { automatic_tax, tax_ids } }: Sale): Params {
  if (!automatic_tax && !tax_ids) return {};
  return {
    ...automatic_tax ? { automatic_tax: { enabled: true } } : {},
    ...tax_ids ? { tax_id_collection: { enabled: true } } : {},
    customer_update: { address: "auto", ...tax_ids ? { name: "auto" } : {} },
  };
}

/**
 * The user id goes into the metadata of everything the session makes. The module id does only where
 * the price cannot change later.
 */
function metadataOf(
  { member: { id }, price: { mode }, mapped: { modules, trial_days } }: Sale,
): Params {
  const user = { user_id: id };
  if (mode === "subscription") {
    const trial = typeof trial_days === "number" ? { trial_period_days: trial_days } : {};
    return { metadata: user, subscription_data: { metadata: user, ...trial } };
  }
  const [module] = modules;
  const metadata = module !== undefined && modules.length === 1
    ? { ...user, module_id: String(module.module_id) }
    : user;
  return { metadata, payment_intent_data: { metadata } };
}
