/** Which project a doctor looks at, and with which keys. */

import { parseEnv } from "node:util";
import Stripe from "stripe";
import { LOCAL_ENV, readLocalEnv } from "../../local/local_env.ts";
import { Complaint } from "../../local/terminal.ts";
import { dataApi } from "../../supabase/functions/_shared/data_api.ts";
import { connectStripe } from "../../supabase/functions/_shared/stripe/stripe_api.ts";
import {
  stripeAddress,
  stripeLivemode,
} from "../../supabase/functions/_shared/stripe/stripe_env.ts";
import type { CatalogueFact } from "../catalogue/catalogue.ts";
import { expectedCatalogue } from "./expected_catalogue.ts";
import type { Project, StripeAccess } from "./project.ts";

/** What somebody gave; the rest comes from the environment, or from the stack that runs here. */
export interface Given {
  url?: string | undefined;
  key?: string | undefined;
  dbUrl?: string | undefined;
  /** The file that `supabase secrets set --env-file` was given. */
  envFile?: string | undefined;
}

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** Milliseconds for one question to Stripe. */
const TIME_LIMIT = 10_000;

/** How many seconds an event may be on its way before it counts as lost. */
const PATIENCE = 300;

export async function openProject(
  given: Given,
  read: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Promise<Project> {
  const known = await projectOf(given, read);
  let expected: Promise<CatalogueFact[]> | null = null;
  return {
    ...known,
    functionsUrl: `${known.api.url}/functions/v1`,
    migrations: MIGRATIONS,
    call: dataApi(known.api, 60_000),
    stripe: stripeOf(read),
    settings: await settingsIn(given.envFile),
    setSecrets: null,
    expected: () => expected ??= expectedCatalogue(MIGRATIONS),
    patience: PATIENCE,
  };
}

async function settingsIn(file: string | undefined): Promise<Record<string, string> | null> {
  if (file === undefined) return null;
  const text = await Deno.readTextFile(file).catch(() => {
    throw new Complaint(`--env-file: ${file} can not be read`);
  });
  return Object.fromEntries(
    Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? ""]),
  );
}

async function projectOf({ url, key, dbUrl }: Given, read: (name: string) => string | undefined) {
  const [asked, secret] = [url ?? read("SUPABASE_URL"), key ?? read("SUPABASE_SECRET_KEY")];
  if (asked !== undefined && secret !== undefined) {
    return {
      api: { url: asked.replace(/\/+$/, ""), key: secret },
      dbUrl: dbUrl ?? read("SUPABASE_DB_URL") ?? null,
      webhookSecret: read("STRIPE_WEBHOOK_SECRET")?.split(",")[0]?.trim() ?? null,
    };
  }
  if (asked !== undefined || secret !== undefined) {
    throw new Complaint("--url and --key go together, as do SUPABASE_URL and SUPABASE_SECRET_KEY");
  }
  const local = await readLocalEnv(LOCAL_ENV);
  return {
    api: { url: local.API_URL, key: local.SECRET_KEY },
    dbUrl: dbUrl ?? local.DB_URL,
    webhookSecret: local.STRIPE_WEBHOOK_SECRET,
  };
}

/** With `STRIPE_SECRET_KEY`, and `STRIPE_API_BASE` where a stand-in plays Stripe. */
export function stripeOf(read: (name: string) => string | undefined): StripeAccess | null {
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
