import { entriesOf, Misconfigured, optional, required, type Source } from "./env.ts";

/** `STRIPE_WEBHOOK_SECRET`: all secrets in use, so that one can be rotated without a gap. */
export function webhookSecrets(source: Source): string[] {
  const name = "STRIPE_WEBHOOK_SECRET";
  const mend = "the endpoint's signing secret (whsec_…) from the Stripe Dashboard, " +
    "several separated by commas while rotating";
  const secrets = entriesOf(required(source, name, mend));
  if (!secrets.every((secret) => /^whsec_\S+$/.test(secret))) {
    throw new Misconfigured([`${name} has an entry that is not a signing secret: ${mend}`]);
  }
  return secrets;
}

/** `STRIPE_SECRET_KEY`: its prefix says which of Stripe's two worlds is ours. */
export function stripeLivemode(source: Source): boolean {
  const name = "STRIPE_SECRET_KEY";
  const mend = "a secret or restricted key (sk_test_…, rk_test_…, sk_live_…, rk_live_…) " +
    "of the mode whose events are sent here";
  const [, mode] = /^[sr]k_(test|live)_\S+$/.exec(required(source, name, mend)) ?? [];
  if (mode === undefined) {
    throw new Misconfigured([`${name} is not a Stripe secret key: ${mend}`]);
  }
  return mode === "live";
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
