/** The prices of `supabase/seed.sql`, and a promotion code, as they would be in Stripe's Dashboard. */

import type { NewCode, NewPrice } from "./stand_in.ts";

export const CATALOGUE: readonly NewPrice[] = [
  { id: "price_stable_diffusion", amount: 2_900, interval: null, product: "StableDiffusion" },
  {
    id: "price_stable_diffusion_day",
    amount: 300,
    interval: null,
    product: "StableDiffusion, a day",
  },
  { id: "price_whisper_monthly", amount: 900, interval: "month", product: "Whisper" },
  { id: "price_studio_monthly", amount: 1_900, interval: "month", product: "Studio: all three" },
];

/** Takes 20 % off the first payment. */
export const CODES: readonly NewCode[] = [{ code: "LAUNCH20", percentOff: 20 }];
