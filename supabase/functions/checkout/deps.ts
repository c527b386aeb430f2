import type { CallRpc } from "../_shared/data_api.ts";
import type { WhoIs } from "../_shared/members.ts";
import type { HandIn, ReadFromStripe } from "./read_from_stripe.ts";
import type { Shop } from "./shop.ts";

/** What checkout does and reads at Stripe. */
export interface StripeClient {
  shop: Shop;
  readFromStripe: ReadFromStripe;
}

/** What checkout needs from outside. */
export interface Deps {
  whoIs: WhoIs;
  /** The page to return to where a request names no other page of the site. */
  site: URL;
  livemode: boolean;
  call: CallRpc;
  handIn: HandIn;
  /** Loaded on demand: Stripe's client is large, and not every answer needs it. */
  stripeClient: () => Promise<StripeClient>;
}
