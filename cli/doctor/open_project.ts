/** Opens the project that doctor examines, with the keys that are options. */

import { fileURLToPath } from "node:url";
import Stripe from "stripe";
import { PROJECT } from "../../local/places.ts";
import { dataApi } from "../../supabase/functions/_shared/data_api.ts";
import { connectStripe } from "../../supabase/functions/_shared/stripe/client.ts";
import {
  stripeAddress,
  stripeLivemode,
} from "../../supabase/functions/_shared/stripe/stripe_env.ts";
import { entriesOf, optional, type Source } from "../../supabase/functions/_shared/env.ts";
import type { CatalogueFact } from "../catalogue/catalogue.ts";
import { readAddress, readEnvFile } from "../environment.ts";
import { withOldNames } from "../old_names.ts";
import { migrationsOf, readManifest } from "../project/manifest.ts";
import { bookFolder } from "../project/release.ts";
import { ourFunctions, withPrefix } from "../project/vendored.ts";
import { expectedCatalogue } from "./expected_catalogue.ts";
import type { Project, StripeAccess } from "./project.ts";

/** Options beside the environment. */
export interface ProjectOptions {
  /** Instead of `SUPABASE_URL`. */
  url?: string | undefined;
  /** The file that the functions' secrets were set from. */
  secretsFile?: string | undefined;
}

/** Milliseconds for one request to Stripe. */
const TIME_LIMIT = 10_000;

/** After how many seconds an undelivered event counts as lost. */
const PATIENCE = 300;

export async function openProject(
  environment: Source,
  options: ProjectOptions = {},
): Promise<Project> {
  const { url, secretKey, schema, ...known } = await readAddress(environment, options.url);
  const api = { url, key: secretKey, schema };
  const migrations = await bookFolder(schema);
  const settings = options.secretsFile === undefined
    ? null
    : await readEnvFile(options.secretsFile);
  const ours = await ourFunctions();
  const asInstalled = (sql: string) => withPrefix(sql, ours, known.functionsPrefix ?? "");
  let expected: Promise<CatalogueFact[]> | null = null;
  return {
    ...known,
    api,
    schema,
    siteUrl: siteOf(environment) ?? siteOf((name) => settings?.[name]),
    migrations,
    addedMigrations: await findAddedMigrations(),
    call: dataApi(api, 60_000),
    stripe: stripeOf(environment),
    settings,
    setSecrets: null,
    asInstalled,
    expected: () => expected ??= expectedCatalogue(migrations, asInstalled),
    watch: () => {},
    patience: PATIENCE,
  };
}

/** The migrations of Sesame in the project in which the command runs, if it was added there. */
async function findAddedMigrations(): Promise<URL[] | null> {
  const manifest = await readManifest(fileURLToPath(PROJECT));
  if (manifest === null) return null;
  return migrationsOf(manifest).map((name) => new URL(`migrations/${name}`, PROJECT));
}

/** The addresses of the site, as SITE_URL has them; invalid ones are ignored. */
function siteOf(read: Source): string | null {
  const url = optional(withOldNames(read), "SITE_URL");
  return url !== null && entriesOf(url).every((entry) => URL.canParse(entry)) ? url : null;
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
