/** All resources. A new one is a file here, and its endpoints in `local/stripe/published`. */

import type { Resource } from "../deps.ts";
import { billingPortal } from "./billing_portal.ts";
import { charges } from "./charges.ts";
import { checkoutSessions } from "./checkout_sessions.ts";
import { cliSessions } from "./cli_sessions.ts";
import { coupons } from "./coupons.ts";
import { customers } from "./customers.ts";
import { disputes } from "./disputes.ts";
import { events } from "./events.ts";
import { invoiceItems } from "./invoice_items.ts";
import { invoices } from "./invoices.ts";
import { paymentIntents } from "./payment_intents.ts";
import { paymentMethods } from "./payment_methods.ts";
import { paymentPages } from "./payment_pages.ts";
import { prices } from "./prices.ts";
import { products } from "./products.ts";
import { promotionCodes } from "./promotion_codes.ts";
import { refunds } from "./refunds.ts";
import { subscriptions } from "./subscriptions.ts";
import { webhookEndpoints } from "./webhook_endpoints.ts";

export const RESOURCES: Resource = {
  ...customers,
  ...products,
  ...prices,
  ...coupons,
  ...promotionCodes,
  ...checkoutSessions,
  ...paymentPages,
  ...billingPortal,
  ...paymentMethods,
  ...paymentIntents,
  ...charges,
  ...refunds,
  ...disputes,
  ...subscriptions,
  ...invoiceItems,
  ...invoices,
  ...events,
  ...webhookEndpoints,
  ...cliSessions,
};
