/** The project that is examined, with the keys that were given. */

import type Stripe from "stripe";
import type { CatalogueFact } from "../catalogue/catalogue.ts";
import type { ApiAddress, CallRpc } from "../../supabase/functions/_shared/data_api.ts";
import type { Watch } from "../progress_bar.ts";

export interface StripeAccess {
  client: Stripe;
  key: string;
  livemode: boolean;
  /** Where its API is; `https://api.stripe.com`, or a stand-in's origin. */
  origin: string;
}

export interface Project {
  api: ApiAddress;
  functionsUrl: string;
  /** The site that the project belongs to; null: not given. */
  siteUrl: string | null;
  /** The migrations of the repository, the URL of a folder with its last slash. */
  migrations: URL;
  /** A function of schema public, called with the secret key. */
  call: CallRpc;
  /** The database as its owner; null: not given. */
  dbUrl: string | null;
  /** Null: no `STRIPE_SECRET_KEY` was given. */
  stripe: StripeAccess | null;
  /** The secret the endpoint signs with; null: not given. */
  webhookSecret: string | null;
  /** What the functions' environment is believed to hold; null: it cannot be read. */
  settings: Record<string, string> | null;
  /** Changes that environment; null: it cannot be changed from here. */
  setSecrets: ((secrets: Record<string, string>) => Promise<void>) | null;
  /** What the database must hold, as the migrations make it. */
  expected(): Promise<CatalogueFact[]>;
  /** Receives the progress of a long look or fix. */
  watch: Watch;
  /** How many seconds an event may be on its way before it counts as lost. */
  patience: number;
}

/** Where Stripe has to send its events. */
export function webhookUrl({ functionsUrl }: Project): string {
  return `${functionsUrl}/stripe-webhook`;
}
