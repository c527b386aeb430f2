import { entriesOf, isLoopback, Misconfigured, optional, required, type Source } from "../env.ts";
import type { StripeAddress } from "./ask.ts";

/** `STRIPE_WEBHOOK_SECRET`: all secrets in use, so that one can be rotated without a gap. */
export function webhookSecrets(source: Source): string[] {
  const name = "STRIPE_WEBHOOK_SECRET";
  const fix = "the endpoint's signing secret (whsec_…) from the Stripe Dashboard, " +
    "several separated by commas while rotating";
  const secrets = entriesOf(required(source, name, fix));
  if (!secrets.every((secret) => /^whsec_\S+$/.test(secret))) {
    throw new Misconfigured([`${name} has an entry that is not a signing secret: ${fix}`]);
  }
  return secrets;
}

/** `STRIPE_SECRET_KEY`: its prefix shows whether this project is in live mode or test mode. */
export function stripeLivemode(source: Source): boolean {
  const name = "STRIPE_SECRET_KEY";
  const fix = "a secret or restricted key (sk_test_…, rk_test_…, sk_live_…, rk_live_…) " +
    "of the mode whose events are sent here";
  const [, mode] = /^[sr]k_(test|live)_\S+$/.exec(required(source, name, fix)) ?? [];
  if (mode === undefined) {
    throw new Misconfigured([`${name} is not a Stripe secret key: ${fix}`]);
  }
  return mode === "live";
}

/** Where Stripe's API is: `STRIPE_SECRET_KEY` opens it, `STRIPE_API_BASE` may name a stand-in. */
export function stripeAddress(source: Source): StripeAddress {
  const key = optional(source, "STRIPE_SECRET_KEY") ?? ""; // stripeLivemode reports a missing key
  const written = optional(source, "STRIPE_API_BASE");
  if (written === null) return { key, base: null };

  const base = URL.canParse(written) ? new URL(written) : null;
  const isOrigin = base !== null && /^https?:$/.test(base.protocol) && base.pathname === "/";
  // A stand-in sees the key. It may see a live key only on this machine.
  const mayHaveKey = !/^.k_live_/.test(key) || isLoopback(base?.hostname ?? "");
  if (isOrigin && mayHaveKey) return { key, base };
  throw new Misconfigured([
    "STRIPE_API_BASE is not an http(s) origin that may have this key: " +
    "http://localhost:12111 with a test key, or unset it",
  ]);
}

/** `STRIPE_CONNECT_ACCOUNTS`, optional: connected accounts whose events count as our own. */
export function connectAccounts(source: Source): ReadonlySet<string> {
  const name = "STRIPE_CONNECT_ACCOUNTS";
  const list = optional(source, name);
  const accounts = list === null ? [] : entriesOf(list);
  if (!accounts.every((account) => /^acct_\w+$/.test(account))) {
    throw new Misconfigured([
      `${name} has an entry that is not an account: acct_… ids separated by commas, or unset it`,
    ]);
  }
  return new Set(accounts);
}
