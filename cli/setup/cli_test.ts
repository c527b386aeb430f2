import assert from "node:assert/strict";
import { tlsVariables } from "./cli.ts";

const CASES: [profile: string, env: Record<string, string>, set: Record<string, string>][] = [
  // With `require` the CLI would no longer check the certificate against Supabase's own CA.
  ["supabase", {}, {}],
  ["supabase", { PGSSLROOTCERT: "ca.pem" }, { PGSSLMODE: "require" }],
  ["/etc/profile.json", {}, { PGSSLMODE: "require" }],
  ["/etc/profile.json", { PGSSLMODE: "disable" }, {}],
  ["supabase", { PGSSLMODE: "verify-full" }, {}],
];

for (const [profile, env, set] of CASES) {
  Deno.test(`profile ${profile} with ${JSON.stringify(env)} gets ${JSON.stringify(set)}`, () => {
    assert.deepEqual(tlsVariables(profile, (name) => env[name]), set);
  });
}
