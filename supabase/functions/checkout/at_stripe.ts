import { fetching } from "../_shared/stripe/fetching.ts";
import { type StripeAddress, stripeApi } from "../_shared/stripe/stripe_api.ts";
import { seeing } from "./seeing.ts";
import { shopAt } from "./shop.ts";
import type { AtStripe } from "./world.ts";

/** The way to Stripe, with its client. */
export function connectAtStripe(address: StripeAddress, livemode: boolean): AtStripe {
  return {
    shop: shopAt(address, livemode),
    see: seeing(fetching(stripeApi(address), livemode)),
  };
}
