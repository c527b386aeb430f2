/** Looks up at Stripe objects that never arrived. */

import type { Code } from "../../diagnosis/codes.ts";
import type { Source } from "../../supabase/functions/_shared/env.ts";
import { wayOf } from "../../supabase/functions/_shared/stripe/reading_ways.ts";
import { type Ask, StripeFault } from "../../supabase/functions/_shared/stripe/ask.ts";
import { stripeApi } from "../../supabase/functions/_shared/stripe/stripe_api.ts";
import {
  stripeAddress,
  stripeLivemode,
} from "../../supabase/functions/_shared/stripe/stripe_env.ts";

/** The answer of Stripe for an id. */
export type LookUp = (id: string) => Promise<{ code: Code; detail: string }>;

/** Milliseconds for one request: only an operator waits for it. */
const TIME_LIMIT = 10_000;

/** With `STRIPE_SECRET_KEY`; null: there is none. */
export function lookUpAtStripe(source: Source): LookUp | null {
  if ((source("STRIPE_SECRET_KEY") ?? "") === "") return null;
  stripeLivemode(source); // throws if it is not a secret key
  return lookUpBy(stripeApi(stripeAddress(source), TIME_LIMIT));
}

export function lookUpBy(ask: Ask): LookUp {
  return async (id) => {
    try {
      const { object } = await ask(pathOf(id), null);
      return object === null
        ? { code: "not_at_stripe", detail: id }
        : { code: "not_delivered", detail: `${id}, and Stripe has it` };
    } catch (error) {
      if (!(error instanceof StripeFault)) throw error;
      const reason = error.more.reason ?? error.code;
      return { code: "not_delivered", detail: `${id}, and Stripe did not say more (${reason})` };
    }
  };
}

function pathOf(id: string): string {
  return wayOf(id, true)?.path(id) ?? `/v1/events/${encodeURIComponent(id)}`;
}
