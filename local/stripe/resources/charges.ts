import { readable } from "../listing.ts";
import type { Resource } from "../deps.ts";

/** Made by paying. */
export const charges: Resource = readable("charge", "/v1/charges");
