/** The keys of one local stack. They are new at every start, so a leaked key is useless later. */

import { newKey } from "./new_key.ts";

/** The keys that the Dashboards of Supabase and Stripe show for a real project. */
export interface StackKeys {
  /** `sb_publishable_…`: the role anon, for browsers. */
  publishableKey: string;
  /** `sb_secret_…`: the role service_role, for servers. */
  secretKey: string;
  /** Signs the members' JWTs (HS256), as UTF-8 text. */
  jwtSecret: string;
  /** `sk_test_…`: not valid at Stripe, but its prefix shows test mode. */
  stripeSecretKey: string;
  /** `whsec_…`: what deliveries are signed with. */
  webhookSecret: string;
  /** The private JWK set that module tokens are signed with. */
  moduleTokenKeys: string;
}

export function makeKeys(): StackKeys {
  return {
    publishableKey: `sb_publishable_${randomText(24)}`,
    secretKey: `sb_secret_${randomText(24)}`,
    jwtSecret: randomText(36),
    stripeSecretKey: `sk_test_${randomText(24).replace(/[-_]/g, "0")}`,
    webhookSecret: `whsec_${randomText(24)}`,
    moduleTokenKeys: JSON.stringify({ keys: [newKey("ES256", Math.floor(Date.now() / 1_000))] }),
  };
}

/** The JWK set with which a function can verify the members' JWTs. */
export function jwksOf(jwtSecret: string): string {
  const k = new TextEncoder().encode(jwtSecret).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  return JSON.stringify({ keys: [{ kty: "oct", kid: "local", alg: "HS256", k }] });
}

function randomText(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}
