import type { CallRpc } from "../_shared/data_api.ts";
import type { WhoIs } from "../_shared/members.ts";
import type { HandIn, ReadFromStripe } from "./read_from_stripe.ts";
import type { Shop } from "./shop.ts";

/** What is done and seen at Stripe. */
export interface StripeClient {
  shop: Shop;
  readFromStripe: ReadFromStripe;
}

/** All that checkout knows of the outside. */
export interface Deps {
  whoIs: WhoIs;
  /** The page to come back to where nobody names another one of the same site. */
  site: URL;
  livemode: boolean;
  call: CallRpc;
  handIn: HandIn;
  /** Stripe's client is heavy, and not every answer needs it. */
  stripeClient: () => Promise<StripeClient>;
}
