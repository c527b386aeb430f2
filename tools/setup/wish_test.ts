import assert from "node:assert/strict";
import { readWish } from "./wish.ts";

const REF = "abcdefghijklmnopqrst";
const KEY: Record<string, string> = { STRIPE_SECRET_KEY: "sk_test_x" };

Deno.test("a wish has a project and a key; the rest may stay as it is", () => {
  const { envFile, ...wish } = readWish(["--ref", REF], (name) => KEY[name]);
  assert.deepEqual(wish, {
    ref: REF,
    url: `https://${REF}.supabase.co`,
    region: null,
    siteUrl: null,
    stripeSecretKey: "sk_test_x",
    webhookSecret: null,
    dryRun: false,
  });
  assert.match(envFile, /supabase\/functions\/\.env$/);
});

Deno.test("a project may have a domain of its own", () => {
  const args = ["--ref", REF, "--url", "https://api.example.com/"];
  assert.equal(readWish(args, (name) => KEY[name]).url, "https://api.example.com");
});

const REFUSED: [args: string[], env: Record<string, string>, why: RegExp][] = [
  [[], KEY, /--ref takes/],
  [["--ref", "https://x.supabase.co"], KEY, /--ref takes/],
  [["--ref", REF, "--site", "javascript:alert(1)"], KEY, /--site takes/],
  [["--ref", REF], {}, /STRIPE_SECRET_KEY/],
  [["--ref", REF], { STRIPE_SECRET_KEY: "pk_test_x" }, /secret key/],
  [["--ref", REF], { ...KEY, STRIPE_WEBHOOK_SECRET: "sk_test_x" }, /signing secrets/],
  [["--key", "sk_test_x"], KEY, /--key/],
];

for (const [args, env, why] of REFUSED) {
  Deno.test(`${args.join(" ") || "nothing"} with ${JSON.stringify(env)} is refused`, () => {
    assert.throws(() => readWish(args, (name) => env[name]), why);
  });
}
