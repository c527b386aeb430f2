/** The functions' secrets: which the project has, which are kept, and which are set. */

import { createHash } from "node:crypto";
import { UserError } from "../../local/terminal.ts";
import type { Endpoint } from "./endpoint.ts";
import type { SetupOptions } from "./options.ts";

/** Digests of the values by name; Supabase shows no more. */
export type Held = ReadonlyMap<string, string>;

export interface Setting {
  name: string;
  /** Why it is set, or why it is kept. */
  why: string;
  isKept: boolean;
  /** Whether it already has another value. */
  isChanged: boolean;
}

/** Throws `UserError` if a value is missing that only its owner has. */
export function settingsFor(
  options: SetupOptions,
  held: Held,
  ours: Endpoint | null,
): Setting[] {
  return [
    given("STRIPE_SECRET_KEY", options.stripeSecretKey, held),
    site(options, held),
    webhookSecret(options, held, ours),
    held.has("MODULE_TOKEN_KEYS")
      ? kept("MODULE_TOKEN_KEYS", "another would end every token there is")
      : set("MODULE_TOKEN_KEYS", `as ${options.secretsFile} has them`),
  ];
}

/** The user gave it: it is set, unless it has that value already. */
function given(name: string, value: string, held: Held): Setting {
  const digest = held.get(name);
  if (digest === digestOf(value)) return kept(name, "it is as given");
  return digest === undefined ? set(name, "as given") : changed(name, "as given");
}

function site({ siteUrl, siteMissing }: SetupOptions, held: Held): Setting {
  if (siteUrl !== null) return given("SITE_URL", siteUrl, held);
  if (held.has("SITE_URL")) return kept("SITE_URL", "no --site was given");
  throw new UserError(siteMissing);
}

function webhookSecret(
  { webhookSecret }: SetupOptions,
  held: Held,
  ours: Endpoint | null,
): Setting {
  const name = "STRIPE_WEBHOOK_SECRET";
  if (ours === null) {
    const other = webhookSecret === null
      ? ""
      : ", and not as given: that is the secret of no endpoint here";
    return (held.has(name) ? changed : set)(name, `of the new endpoint${other}`);
  }
  if (webhookSecret !== null) return given(name, webhookSecret, held);
  if (held.has(name)) {
    return kept(name, `of ${ours.id}; where the environment has it too, the doctor tries it`);
  }
  throw new UserError(
    `Stripe has the endpoint ${ours.id} already, and the project has no STRIPE_WEBHOOK_SECRET: ` +
      "reveal it in the Dashboard and put it into the environment, or delete the endpoint there",
  );
}

function set(name: string, why: string): Setting {
  return { name, why, isKept: false, isChanged: false };
}

function changed(name: string, why: string): Setting {
  return { name, why: `${why}: another is there`, isKept: false, isChanged: true };
}

function kept(name: string, why: string): Setting {
  return { name, why, isKept: true, isChanged: false };
}

function digestOf(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}
