import type { CallRpc } from "../_shared/data_api.ts";
import type { MemberOf } from "../_shared/members.ts";
import type { ApplyEvents, ReadFromStripe } from "./read_from_stripe.ts";
import type { Site } from "./return_url.ts";
import type { Shop } from "./shop.ts";

/** The calls to Stripe that checkout makes. */
export interface StripeClient {
  shop: Shop;
  readFromStripe: ReadFromStripe;
}

/** The dependencies of checkout. */
export interface Deps {
  memberOf: MemberOf;
  /** The pages to return to; the first where a request names none. */
  site: Site;
  livemode: boolean;
  call: CallRpc;
  applyEvents: ApplyEvents;
  /** Loaded on demand: Stripe's client is large, and not every answer needs it. */
  stripeClient: () => Promise<StripeClient>;
}
