/** What Stripe's API is asked, and what it answers. */

import type { JsonObject } from "../facts/json.ts";
import { Unavailable } from "../problem.ts";

/** Where Stripe's API is, and its key. */
export interface StripeAddress {
  key: string;
  /** The origin of a stand-in; null: Stripe itself. */
  base: URL | null;
}

/** An answer of Stripe. */
export interface Answer {
  /** Null: Stripe has no such object. */
  object: JsonObject | null;
  /** The second at which the request started, by Stripe's own clock. */
  stamp: number;
}

/** Reads a path from Stripe's API, for a connected account or for our own (null). */
export type Ask = (path: string, account: string | null) => Promise<Answer>;

/** Stripe gave no usable answer. `pause`: the milliseconds for which it asked us to wait. */
export class StripeFault extends Unavailable {
  override name = "StripeFault";

  constructor(reason: string, readonly pause: number | null = null) {
    super(reason);
  }
}
