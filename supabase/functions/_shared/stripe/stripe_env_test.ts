import assert from "node:assert/strict";
import { Misconfigured, type Reader } from "../env.ts";
import { connectAccounts, stripeAddress, stripeLivemode, webhookSecrets } from "./stripe_env.ts";

function read<Value>(reader: Reader<Value>, name: string, value: string): Value {
  return reader((asked) => asked === name ? value : undefined);
}

/** The error names the variable, and contains no value. */
function refuses<Value>(reader: Reader<Value>, name: string, value: string): void {
  assert.throws(() => read(reader, name, value), (error) => {
    assert(error instanceof Misconfigured);
    assert.match(error.message, new RegExp(name));
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
}

Deno.test("several webhook secrets are read, each without the blanks around it", () => {
  const secrets = read(webhookSecrets, "STRIPE_WEBHOOK_SECRET", " whsec_old , whsec_new\n");
  assert.deepEqual(secrets, ["whsec_old", "whsec_new"]);
});

Deno.test("a blank, whitespace, half blank or foreign webhook secret is refused by name", () => {
  for (
    const value of [
      "",
      " \t\n",
      ",",
      "whsec_hunter2,",
      "whsec_hunter2,,whsec_b",
      "whsec_a hunter2",
      "hunter2",
    ]
  ) {
    refuses(webhookSecrets, "STRIPE_WEBHOOK_SECRET", value);
  }
});

Deno.test("the prefix of the secret key gives the mode", () => {
  for (const key of ["sk_test_1", "rk_test_1", " sk_test_1 "]) {
    assert.equal(read(stripeLivemode, "STRIPE_SECRET_KEY", key), false);
  }
  for (const key of ["sk_live_1", "rk_live_1"]) {
    assert.equal(read(stripeLivemode, "STRIPE_SECRET_KEY", key), true);
  }
});

Deno.test("any other key is refused by name", () => {
  for (
    const key of [
      "",
      "pk_test_hunter2",
      "whsec_hunter2",
      "sk_hunter2",
      "sk_test_",
      "xsk_test_hunter2",
    ]
  ) {
    refuses(stripeLivemode, "STRIPE_SECRET_KEY", key);
  }
});

Deno.test("connected accounts are optional, and otherwise account ids", () => {
  const name = "STRIPE_CONNECT_ACCOUNTS";
  assert.deepEqual(read(connectAccounts, name, " "), new Set());
  assert.deepEqual(read(connectAccounts, name, "acct_1, acct_2"), new Set(["acct_1", "acct_2"]));
  for (const list of ["acct_hunter2,", "hunter2", "acct_"]) refuses(connectAccounts, name, list);
});

/** The address where a key and a base are set. */
function addressOf(key: string, base: string) {
  return stripeAddress((name) => name === "STRIPE_SECRET_KEY" ? key : base);
}

Deno.test("requests go to Stripe itself unless a stand-in is named", () => {
  assert.deepEqual(addressOf(" sk_live_1\n", " "), { key: "sk_live_1", base: null });
  assert.equal(addressOf("sk_test_1", "http://stripe-mock:12111").base?.host, "stripe-mock:12111");
});

Deno.test("a stand-in address that is not an origin is refused by name", () => {
  for (const base of ["hunter2", "ftp://hunter2", "http://hunter2/v1", "//hunter2"]) {
    refuses(stripeAddress, "STRIPE_API_BASE", base);
  }
});

Deno.test("a live key goes only to Stripe or to this machine", () => {
  assert.equal(addressOf("rk_live_1", "http://127.0.0.1:12111").base?.port, "12111");
  for (const base of ["https://stripe.example.com", "http://localhost.example.com"]) {
    assert.throws(() => addressOf("sk_live_1", base), Misconfigured);
  }
});
