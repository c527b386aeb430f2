/** All the resources there are. A new one is a file here, and its endpoints in `tools/stripe_parameters`. */

import type { Resource } from "../world.ts";
import { billingPortal } from "./billing_portal.ts";
import { checkoutSessions } from "./checkout_sessions.ts";
import { customers } from "./customers.ts";
import { events } from "./events.ts";
import { invoices } from "./invoices.ts";
import { payments } from "./payments.ts";
import { prices } from "./prices.ts";
import { refunds } from "./refunds.ts";
import { subscriptions } from "./subscriptions.ts";
import { webhookEndpoints } from "./webhook_endpoints.ts";

export const RESOURCES: Resource = {
  ...customers,
  ...prices,
  ...checkoutSessions,
  ...billingPortal,
  ...payments,
  ...refunds,
  ...subscriptions,
  ...invoices,
  ...events,
  ...webhookEndpoints,
};
