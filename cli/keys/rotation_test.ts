import assert from "node:assert/strict";
import { type KeptKey, roleOf } from "../../local/kept_key.ts";
import { newKey } from "../../local/new_key.ts";
import { rotate, withdraw } from "./rotation.ts";

const NOW = 1_790_000_000;
const HOUR = 3_600;
const first = newKey("ES256", NOW - 1_000 * HOUR);

function roles(keys: readonly KeptKey[]): string[] {
  return keys.map((key) => roleOf(key, keys));
}

/** The first key has been followed by another at `NOW`. */
function rotated(): { keys: KeptKey[]; fresh: string } {
  const published = rotate([first], NOW - 600);
  const keys = rotate(published, NOW);
  return { keys, fresh: published[1]!.kid };
}

Deno.test("a new key is published before it signs", () => {
  const keys = rotate([first], NOW);
  assert.deepEqual(roles(keys), ["signs", "published"]);
  assert.equal(keys[0], first);
  assert.equal(keys[1]?.iat, NOW);
});

Deno.test("ten minutes later it signs, and the former key verifies", () => {
  const { keys, fresh } = rotated();
  assert.deepEqual(keys.map(({ kid }) => kid), [fresh, first.kid]);
  assert.deepEqual(roles(keys), ["signs", "verifies only"]);
  assert.equal(keys[1]?.retired_at, NOW);
});

Deno.test("a second earlier it may not sign, except with the option for at once", () => {
  const published = rotate([first], NOW);
  assert.throws(() => rotate(published, NOW + 599), {
    name: "UserError",
    message: /let it sign at 2026-\S+Z or later, or at once with --now$/,
  });
  assert.deepEqual(roles(rotate(published, NOW, { atOnce: true })), ["signs", "verifies only"]);
});

Deno.test("a key of the other kind can follow", () => {
  const keys = rotate([first], NOW, { alg: "EdDSA" });
  assert.deepEqual(keys.map(({ alg }) => alg), ["ES256", "EdDSA"]);
});

Deno.test("while a key is published and does not sign yet, no other is made", () => {
  const published = rotate([first], NOW);
  assert.throws(() => rotate(published, NOW + 600, { alg: "EdDSA" }), /is published already/);
});

Deno.test("two rotations in a day keep both old keys, each since its own time", () => {
  const { keys } = rotated();
  const again = rotate(rotate(keys, NOW + HOUR), NOW + 2 * HOUR);
  assert.deepEqual(roles(again), ["signs", "verifies only", "verifies only"]);
  assert.deepEqual(again.map((key) => key.retired_at), [undefined, NOW + 2 * HOUR, NOW]);
  const later = withdraw(again, NOW + 24 * HOUR);
  assert.deepEqual(later.map((key) => key.retired_at), [undefined, NOW + 2 * HOUR]);
});

Deno.test("an old key is withdrawn only after its longest token has ended", () => {
  const { keys, fresh } = rotated();
  assert.throws(() => withdraw(keys, NOW + 24 * HOUR - 1), {
    name: "UserError",
    message: /may still be valid: withdraw at 2026-\S+Z or later/,
  });
  assert.deepEqual(withdraw(keys, NOW + 24 * HOUR).map(({ kid }) => kid), [fresh]);
});

Deno.test("--after shortens or extends the assumed life of tokens", () => {
  const { keys } = rotated();
  assert.equal(withdraw(keys, NOW + HOUR, { hours: 1 }).length, 1);
  assert.throws(() => withdraw(keys, NOW + 24 * HOUR, { hours: 8_760 }), /may still be valid/);
  assert.equal(withdraw(keys, NOW, { hours: 0 }).length, 1);
});

Deno.test("the key that signs is never withdrawn", () => {
  const { keys, fresh } = rotated();
  assert.throws(() => withdraw(keys, NOW, { kid: fresh, hours: 0 }), /signs: let another key/);
  assert.throws(() => withdraw([first], NOW, { hours: 0 }), /no retired key to withdraw/);
  assert.throws(() => withdraw([], NOW), /no retired key to withdraw/);
});

Deno.test("a published key has signed nothing and can be taken back", () => {
  const published = rotate([first], NOW);
  assert.deepEqual(withdraw(published, NOW, { kid: published[1]!.kid }), [first]);
});

Deno.test("the error about an unknown key names the existing keys", () => {
  assert.throws(() => withdraw([first], NOW, { kid: "none" }), {
    message: `there is no key none: there are ${first.kid}`,
  });
});
