import assert from "node:assert/strict";
import { kindOf } from "../_shared/facts/kinds.ts";
import { type Place, placeAfter, placeAt, shareDone, written } from "./lists.ts";

const NONE = new Set<string>();

/** All places from the beginning, in their written form. */
function walk(accounts: ReadonlySet<string>): string[] {
  const names: string[] = [];
  for (let at = placeAt("", accounts); at !== null; at = placeAfter(at, accounts)) {
    names.push(written(at));
  }
  return names;
}

Deno.test("objects that close access are read before objects that open it, and no list is read twice", () => {
  const names = walk(NONE);
  assert.equal(new Set(names).size, names.length);
  for (const opening of ["checkout.session/", "invoice/", "customer.subscription/"]) {
    for (const closing of ["refund/", "charge.dispute/", "charge/"]) {
      assert.ok(names.indexOf(closing) < names.indexOf(opening), `${closing} ${opening}`);
    }
  }
});

Deno.test("every list gives another kind of fact", () => {
  const kinds = walk(NONE).map((name) => kindOf(name.replace("/", ".fetched")));
  assert.equal(new Set(kinds).size, kinds.length);
  assert.ok(!kinds.includes(null));
});

Deno.test("the lists of connected accounts follow our own", () => {
  const names = walk(new Set(["acct_1"]));
  assert.deepEqual(names.slice(names.length / 2), walk(NONE).map((name) => `acct_1/${name}`));
});

Deno.test("a place is found again by its written form", () => {
  const accounts = new Set(["acct_1"]);
  const place: Place = { ...placeAt("acct_1/charge.dispute/", accounts)!, last: "dp_1" };
  assert.equal(written(place), "acct_1/charge.dispute/dp_1");
  assert.deepEqual(placeAt(written(place), accounts), place);
  assert.deepEqual([place.account, place.path], ["acct_1", "/v1/disputes?limit=100"]);
});

Deno.test("an unknown place is not found", () => {
  for (
    const odd of ["refund", "secrets/x_1", "acct_2/refund/re_1", "/refund/re_1", "refund/../x"]
  ) {
    assert.equal(placeAt(odd, NONE), null, odd);
  }
});

Deno.test("the progress of a rebuild grows from list to list", () => {
  const shares = walk(NONE).map(shareDone);
  assert.equal(shares[0], 0);
  assert.ok(shares.every((share, n) => share < 1 && share >= (shares[n - 1] ?? 0)));
  assert.equal(shareDone("acct_1/refund/re_1"), shareDone("refund/re_9"));
  assert.equal(shareDone(""), 0);
});
