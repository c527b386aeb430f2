import assert from "node:assert/strict";
import { ownerOf, shown } from "./endpoint_owner.ts";

const OWN = {
  functionsUrl: "https://abcdefghijklmnopqrst.supabase.co/functions/v1",
  siteUrl: "https://www.iahome.fr/encours",
};

const OWNERS: [url: string, owner: string, shown: string][] = [
  ["https://iahome.fr/hooks/pay?key=1", "your site's", "https://iahome.fr/hooks/pay"],
  [
    "https://abcdefghijklmnopqrst.supabase.co/functions/v1/stripe-old",
    "another function of this project",
    "https://abcdefghijklmnopqrst.supabase.co/functions/v1/stripe-old",
  ],
  [
    "https://bbbbbbbbbbbbbbbbbbbb.supabase.co/functions/v1/stripe-webhook",
    "another Supabase project's",
    "https://bbbbbbbbbbbbbbbbbbbb.supabase.co/functions/v1/stripe-webhook",
  ],
  ["https://hooks.zapier.com/hooks/catch/1/secret/", "Zapier's", "hooks.zapier.com"],
  ["https://hook.eu1.make.com/secret", "Make's", "hook.eu1.make.com"],
  [
    "https://api.revenuecat.com/v1/incoming-webhooks/stripe-billing/secret",
    "RevenueCat's",
    "api.revenuecat.com",
  ],
  ["https://secret.ngrok-free.app/api/webhooks/stripe", "a tunnel to a developer's machine", ""],
  ["https://notzapier.com/x", "of an unknown owner", "notzapier.com"],
  ["https://billing.example.com/in/secret", "of an unknown owner", "billing.example.com"],
];

for (const [url, owner, address] of OWNERS) {
  Deno.test(`${url} is ${owner}, and no secret of its path is shown`, () => {
    assert.equal(ownerOf(url, OWN), owner);
    assert.equal(shown(url, owner), address || new URL(url).hostname);
  });
}

for (
  const path of [
    "/api/webhooks/stripe",
    "/api/webhook/stripe/",
    "/api/stripe/webhook",
    "/api/stripe-webhook",
    "/api/v2/stripe/webhooks",
    "/webhooks/stripe",
  ]
) {
  Deno.test(`without a known site, ${path} counts as an old site's endpoint`, () => {
    const url = `https://iahome.fr${path}`;
    const owner = ownerOf(url, { ...OWN, siteUrl: null });
    assert.equal(owner, "probably your old site's, by its path");
    assert.equal(shown(url, owner), url);
  });
}
