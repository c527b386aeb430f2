/**
 * The names of the functions' secrets, in `supabase/functions/.env.example`.
 *
 * The file stands beside `.env`, which the CLI reads for `functions serve` and which setup sets the secrets from.
 *
 * @module
 */

import { parseEnv } from "node:util";

export const ENV_EXAMPLE = "functions/.env.example";

const VARIABLES: Readonly<Record<string, string>> = {
  STRIPE_SECRET_KEY:
    "sk_test_…: Stripe's Dashboard, Developers, API keys. In this file never a live key.",
  STRIPE_WEBHOOK_SECRET: "whsec_…: the secret of the endpoint at Stripe.",
  SITE_URL:
    "Where your site is, such as https://example.com. Several addresses have commas between them.",
  MODULE_TOKEN_KEYS: "The keys that sign module tokens. The command `keys` makes them.",
};

/** The lines for the variables that the file does not name yet. */
export function envLines(text: string): string[] {
  const there = Object.keys(parseEnv(text));
  const missing = Object.entries(VARIABLES).filter(([name]) => !there.includes(name));
  return missing.flatMap(([name, about]) => [`# ${about}`, `${name}=`]);
}
