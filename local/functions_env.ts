/** The environment of the functions: the platform's variables, and the operator's. */

import { parseEnv } from "node:util";
import { jwksOf, type StackKeys } from "./keys.ts";
import { UserError } from "./terminal.ts";

/**
 * The variables that a local stack gives every function, with the hosted platform's names. Without a
 * stand-in for Stripe, requests to Stripe fail at once, because the gateway has no such path.
 */
export function platformEnv(
  apiUrl: string,
  dbUrl: string,
  keys: StackKeys,
  stripeUrl = apiUrl,
): Record<string, string> {
  return {
    SUPABASE_URL: apiUrl,
    SUPABASE_DB_URL: dbUrl,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
    SUPABASE_JWKS: jwksOf(keys.jwtSecret),
    STRIPE_SECRET_KEY: keys.stripeSecretKey,
    // The key opens nothing at Stripe itself, and no request leaves the machine.
    STRIPE_API_BASE: stripeUrl,
    STRIPE_WEBHOOK_SECRET: keys.webhookSecret,
    MODULE_TOKEN_KEYS: keys.moduleTokenKeys,
    SITE_URL: pageOf(apiUrl),
  };
}

/** The operator's variables over the platform's. With the operator's own key, requests go to Stripe itself. */
export function overlaidEnv(
  platform: Record<string, string>,
  operator: Record<string, string>,
): Record<string, string> {
  const stripe = operator.STRIPE_SECRET_KEY ? { STRIPE_API_BASE: "" } : {};
  return { ...platform, ...stripe, ...operator };
}

/**
 * The operator's environment plus what is the stack's own: its signing secret, so that our own events are
 * accepted, and its page, so that buyers return to it and to a development server on this machine.
 */
export function alsoTrusting(
  operator: Record<string, string>,
  secret: string,
  apiUrl: string,
): Record<string, string> {
  const { STRIPE_WEBHOOK_SECRET: others, SITE_URL: sites } = operator;
  return {
    ...operator,
    ...others === undefined || others.includes(secret)
      ? {}
      : { STRIPE_WEBHOOK_SECRET: `${others},${secret}` },
    ...sites === undefined ? {} : { SITE_URL: `${sites},${pageOf(apiUrl)}` },
  };
}

/** The page of the stack that members see. */
function pageOf(apiUrl: string): string {
  return `${apiUrl}/encours/`;
}

const OURS: ReadonlySet<string> = new Set([
  "STRIPE_SECRET_KEY",
  "STRIPE_WEBHOOK_SECRET",
  "SITE_URL",
  "MODULE_TOKEN_KEYS",
]);

/**
 * The operator's `supabase/functions/.env`; empty if there is none.
 *
 * As with the CLI, names of the platform's own (`SUPABASE_…`) do not count there. A copy of `.env.example` has our
 * names without values. They count as not set, so that the stack's own values stay.
 *
 * @throws UserError if it has a live key of Stripe's
 */
export async function readEnvFile(functionsFolder: URL): Promise<Record<string, string>> {
  try {
    const env = parseEnv(await Deno.readTextFile(new URL(".env", functionsFolder)));
    const set = Object.entries(env).filter(([name, value]) =>
      !name.startsWith("SUPABASE_") && (value !== "" || !OURS.has(name))
    );
    const operator = Object.fromEntries(set.map(([name, value]) => [name, value ?? ""]));
    refuseLiveKey(operator);
    return operator;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

function refuseLiveKey({ STRIPE_SECRET_KEY: key = "" }: Record<string, string>): void {
  if (!/^[sr]k_live_/.test(key)) return;
  throw new UserError(
    "STRIPE_SECRET_KEY in supabase/functions/.env is a live key: a purchase on this machine would take real money. " +
      "Put the key of a sandbox there.",
  );
}

/** The keys with Stripe's replaced by the operator's, so that the functions accept our signatures. */
export function adoptStripeKeys(keys: StackKeys, env: Record<string, string>): StackKeys {
  const [webhookSecret] = (env.STRIPE_WEBHOOK_SECRET ?? "").split(",").map((text) => text.trim());
  return {
    ...keys,
    stripeSecretKey: env.STRIPE_SECRET_KEY || keys.stripeSecretKey,
    webhookSecret: webhookSecret || keys.webhookSecret,
  };
}
