import type { CallRpc } from "../_shared/data_api.ts";
import type { WhoIs } from "../_shared/members.ts";
import type { See, Tell } from "./seeing.ts";
import type { Shop } from "./shop.ts";

/** What is done and seen at Stripe. */
export interface AtStripe {
  shop: Shop;
  see: See;
}

/** All that checkout knows of the outside. */
export interface World {
  whoIs: WhoIs;
  /** The page to come back to where nobody names another one of the same site. */
  site: URL;
  livemode: boolean;
  call: CallRpc;
  tell: Tell;
  /** Stripe's client is heavy, and not every answer needs it. */
  atStripe: () => Promise<AtStripe>;
}
