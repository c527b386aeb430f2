/** The environment of the functions: what the platform brings, and what the operator sets. */

import { parseEnv } from "node:util";
import { jwksOf, type StackKeys } from "./keys.ts";

/**
 * What a local stack gives every function, under the hosted platform's names. Without a stand-in for
 * Stripe, requests to Stripe fail at once: the gateway knows no such path.
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
    SITE_URL: `${apiUrl}/encours/`,
  };
}

/** The operator's variables over the platform's; with the operator's own key, Stripe itself is asked. */
export function overlaidEnv(
  platform: Record<string, string>,
  operator: Record<string, string>,
): Record<string, string> {
  const stripe = operator.STRIPE_SECRET_KEY ? { STRIPE_API_BASE: "" } : {};
  return { ...platform, ...stripe, ...operator };
}

/** An operator's environment in which the stack's own signing secret counts too, so that our own events are accepted. */
export function alsoTrusting(
  operator: Record<string, string>,
  secret: string,
): Record<string, string> {
  const others = operator.STRIPE_WEBHOOK_SECRET;
  if (others === undefined || others.includes(secret)) return operator;
  return { ...operator, STRIPE_WEBHOOK_SECRET: `${others},${secret}` };
}

/**
 * The operator's `supabase/functions/.env`; empty where there is none.
 *
 * As with the CLI, names of the platform's own (`SUPABASE_…`) do not count there.
 */
export async function readEnvFile(functionsFolder: URL): Promise<Record<string, string>> {
  try {
    const env = parseEnv(await Deno.readTextFile(new URL(".env", functionsFolder)));
    const ours = Object.entries(env).filter(([name]) => !name.startsWith("SUPABASE_"));
    return Object.fromEntries(ours.map(([name, value]) => [name, value ?? ""]));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
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
