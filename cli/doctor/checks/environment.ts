import { Misconfigured, readEnv, type Reader } from "../../../supabase/functions/_shared/env.ts";
import {
  connectAccounts,
  stripeAddress,
  stripeLivemode,
  webhookSecrets,
} from "../../../supabase/functions/_shared/stripe/stripe_env.ts";
import { siteUrls } from "../../../supabase/functions/checkout/return_url.ts";
import { keyRing } from "../../../supabase/functions/module-token/key_ring.ts";
import { moduleTokenKeys } from "../../../supabase/functions/module-token/key_set.ts";
import { legacySecret } from "../../../supabase/functions/module-token/legacy_secret.ts";
import { oldNameHint } from "../../old_names.ts";
import type { Check, Finding } from "../check.ts";

/** Read in the same way as the functions read it when they start. */
const READERS: Record<string, Reader<unknown>> = {
  STRIPE_SECRET_KEY: stripeLivemode,
  STRIPE_WEBHOOK_SECRET: webhookSecrets,
  STRIPE_API_BASE: stripeAddress,
  STRIPE_CONNECT_ACCOUNTS: connectAccounts,
  SITE_URL: siteUrls,
  MODULE_TOKEN_KEYS: moduleTokenKeys,
};

const OPTIONAL: ReadonlySet<string> = new Set(["STRIPE_API_BASE", "STRIPE_CONNECT_ACCOUNTS"]);

export const check: Check = {
  title: "the functions' environment is complete and well-formed",
  codes: ["env_missing", "env_malformed"],
  needs: [({ settings }) => settings === null ? "no --secrets-file was given" : null],
  look: async ({ settings }) => {
    const found = Object.entries(READERS).flatMap(([name, reader]) =>
      faultsOf(name, reader, settings ?? {})
    );
    if (found.length > 0) return found;
    const source = (name: string) => settings?.[name];
    return [
      ...await triedFaults("MODULE_TOKEN_KEYS", () => keyRing(moduleTokenKeys(source))),
      ...await triedFaults("MODULE_TOKEN_LEGACY_SECRET", () => legacySecret(source)),
    ];
  },
};

function faultsOf(
  name: string,
  reader: Reader<unknown>,
  settings: Record<string, string>,
): Finding[] {
  const isThere = (settings[name] ?? "").trim() !== "";
  if (!isThere) {
    const hint = oldNameHint(name, (name) => settings[name]);
    const about = hint === "" ? name : `${name}: ${hint}`;
    return OPTIONAL.has(name) ? [] : [{ code: "env_missing", about, known: [{ name }] }];
  }
  return problems(() => readEnv({ reader }, (name) => settings[name]))
    .map((about) => ({ code: "env_malformed", about, known: [{ name }] }));
}

/** Faults that show only in use: whether keys are pairs, and whether a secret is also another key. */
async function triedFaults(name: string, use: () => Promise<unknown>): Promise<Finding[]> {
  try {
    await use();
    return [];
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error;
    return error.problems.map((about) => ({ code: "env_malformed", about, known: [{ name }] }));
  }
}

function problems(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof Misconfigured) return error.problems;
    throw error;
  }
}
