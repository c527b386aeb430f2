import { readable } from "../listing.ts";
import type { Resource } from "../world.ts";

/** Made in the Dashboard, or here by whoever starts the stand-in. */
export const prices: Resource = readable("price", "/v1/prices");
