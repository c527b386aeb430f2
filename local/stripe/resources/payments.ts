import { readable } from "../listing.ts";
import type { Resource } from "../world.ts";

/** Made by paying on a page. */
export const payments: Resource = {
  ...readable("payment_intent", "/v1/payment_intents"),
  ...readable("charge", "/v1/charges"),
  ...readable("dispute", "/v1/disputes"),
};
