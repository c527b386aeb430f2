import { readable } from "../listing.ts";
import type { Resource } from "../deps.ts";

/** Charges are created by payments. */
export const charges: Resource = readable("charge", "/v1/charges");
