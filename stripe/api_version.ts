import Stripe from "stripe";

/**
 * The version in which an endpoint that Sesame makes sends its events: that of Stripe's own library here.
 * Without one it would be the account's, which somebody may change at any time.
 */
export const API_VERSION = Stripe.API_VERSION;
