/** Opens the project that doctor examines, with the keys that are options. */

import Stripe from "stripe";
import { dataApi } from "../../supabase/functions/_shared/data_api.ts";
import { connectStripe } from "../../supabase/functions/_shared/stripe/stripe_api.ts";
import {
  stripeAddress,
  stripeLivemode,
} from "../../supabase/functions/_shared/stripe/stripe_env.ts";
import { optional, type Source } from "../../supabase/functions/_shared/env.ts";
import type { CatalogueFact } from "../catalogue/catalogue.ts";
import { readAddress, readEnvFile } from "../environment.ts";
import { withOldNames } from "../old_names.ts";
import { expectedCatalogue } from "./expected_catalogue.ts";
import type { Project, StripeAccess } from "./project.ts";

/** What the environment does not name. */
export interface ProjectOptions {
  /** Instead of `SUPABASE_URL`. */
  url?: string | undefined;
  /** The file that the functions' secrets were set from. */
  secretsFile?: string | undefined;
}

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** Milliseconds for one request to Stripe. */
const TIME_LIMIT = 10_000;

/** How many seconds an event may be on its way before it counts as lost. */
const PATIENCE = 300;

export async function openProject(
  environment: Source,
  options: ProjectOptions = {},
): Promise<Project> {
  const { url, secretKey, ...known } = await readAddress(environment, options.url);
  const api = { url, key: secretKey };
  const settings = options.secretsFile === undefined
    ? null
    : await readEnvFile(options.secretsFile);
  let expected: Promise<CatalogueFact[]> | null = null;
  return {
    ...known,
    api,
    siteUrl: siteOf(environment) ?? siteOf((name) => settings?.[name]),
    migrations: MIGRATIONS,
    call: dataApi(api, 60_000),
    stripe: stripeOf(environment),
    settings,
    setSecrets: null,
    expected: () => expected ??= expectedCatalogue(MIGRATIONS),
    watch: () => {},
    patience: PATIENCE,
  };
}

/** The address of the site; an invalid one is ignored. */
function siteOf(read: Source): string | null {
  const url = optional(withOldNames(read), "SITE_URL");
  return url !== null && URL.canParse(url) ? url : null;
}

/** With `STRIPE_SECRET_KEY`, and `STRIPE_API_BASE` where a stand-in plays Stripe. */
export function stripeOf(read: Source): StripeAccess | null {
  const key = read("STRIPE_SECRET_KEY");
  if (key === undefined || key === "") return null;
  const address = stripeAddress(read);
  return {
    client: connectStripe(address, TIME_LIMIT) as Stripe,
    key,
    livemode: stripeLivemode(read),
    origin: address.base?.origin ?? "https://api.stripe.com",
  };
}
