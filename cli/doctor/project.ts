/** The project that is examined, with the keys that were given. */

import type Stripe from "stripe";
import type { CatalogueFact } from "../catalogue/catalogue.ts";
import type { ApiAddress, CallRpc } from "../../supabase/functions/_shared/data_api.ts";
import { type FunctionsAddress, functionUrl } from "../project/function_url.ts";
import type { Watch } from "../progress_bar.ts";

export interface StripeAccess {
  client: Stripe;
  key: string;
  livemode: boolean;
  /** Where its API is; `https://api.stripe.com`, or a stand-in's origin. */
  origin: string;
}

export interface Project extends FunctionsAddress {
  api: ApiAddress;
  /** The site that the project belongs to; null: not given. */
  siteUrl: string | null;
  /** The chapters for its exposed schema, the URL of a folder with its last slash. */
  migrations: URL;
  /** The migrations of the user's project that install and upgrade Sesame; null: it was not added here. */
  addedMigrations: readonly URL[] | null;
  /** The schema with Sesame's tables and functions. */
  schema: string;
  /** A function of that schema, called with the secret key. */
  call: CallRpc;
  /** The database as its owner; null: not given. */
  dbUrl: string | null;
  /** Null: no `STRIPE_SECRET_KEY` was given. */
  stripe: StripeAccess | null;
  /** The secret the endpoint signs with; null: not given. */
  webhookSecret: string | null;
  /** The functions' environment, as far as known; null: it cannot be read. */
  settings: Record<string, string> | null;
  /** Changes that environment; null: it cannot be changed from here. */
  setSecrets: ((secrets: Record<string, string>) => Promise<void>) | null;
  /** Our SQL as `add` writes it into this project: with the names that its functions have. */
  asInstalled(sql: string): string;
  /** The objects that the migrations create. */
  expected(): Promise<CatalogueFact[]>;
  /** Receives the progress of a long examination or fix. */
  watch: Watch;
  /** After how many seconds an event counts as lost. */
  patience: number;
}

/** Where Stripe has to send its events. */
export function webhookUrl(project: Project): string {
  return functionUrl(project, "stripe-webhook");
}
