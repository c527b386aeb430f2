import Stripe from "stripe";

/**
 * The API version of the events that an endpoint made by Sesame gets: the version of the installed Stripe
 * library. Without it, Stripe would use the account's version, which may change at any time.
 */
export const API_VERSION = Stripe.API_VERSION;
