import { fetching } from "../_shared/stripe/fetching.ts";
import type { StripeAddress } from "../_shared/stripe/ask.ts";
import { stripeApi } from "../_shared/stripe/stripe_api.ts";
import { readingFromStripe } from "./read_from_stripe.ts";
import { shopAt } from "./shop.ts";
import type { StripeClient } from "./deps.ts";

/** Connects checkout to Stripe. */
export function connectStripeClient(address: StripeAddress, livemode: boolean): StripeClient {
  return {
    shop: shopAt(address, livemode),
    readFromStripe: readingFromStripe(fetching(stripeApi(address), livemode)),
  };
}
