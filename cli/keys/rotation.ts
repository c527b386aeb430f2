/**
 * Rotates keys without refusing a valid token: a new key is published before it signs, and an old key
 * verifies until all its tokens have ended.
 *
 * @module
 */

import { type Algorithm, algorithmOf } from "../../supabase/functions/module-token/key_set.ts";
import { UserError } from "../../local/terminal.ts";
import { findRole, type KeptKey, roleOf, written } from "../../local/kept_key.ts";
import { newKey } from "../../local/new_key.ts";
import { task } from "../../diagnosis/task_command.ts";

type Keys = readonly KeptKey[];

/** Seconds a key is published before it signs: twice what verifiers may keep `/jwks`. */
const NOTICE = 10 * 60;

/** The hours a token lasts at most, unless a server orders more. */
export const LONGEST_TOKEN = 24;

/** When a published key may sign, in Unix seconds. */
export function maySignAt({ iat = 0 }: KeptKey): number {
  return iat + NOTICE;
}

/** When all tokens of a key have ended, in Unix seconds; null for a key that never signed. */
export function hasEndedAt({ retired_at = 0 }: KeptKey, hours = LONGEST_TOKEN): number {
  return retired_at + hours * 3_600;
}

/** How one step of a rotation is made. */
export interface RotateOptions {
  /** Of the key that is made; default ES256. */
  alg?: Algorithm | undefined;
  /** True: without waiting for the time that verifiers need to read it. */
  atOnce?: boolean;
}

/** Publishes a new key, or makes the published one sign. */
export function rotate(keys: Keys, now: number, options: RotateOptions = {}): KeptKey[] {
  const published = findRole("published", keys);
  if (published === undefined) return [...keys, newKey(options.alg ?? "ES256", now)];

  const { kid } = published;
  if (options.alg !== undefined) {
    throw new UserError(
      `${kid} is published already, with ${algorithmOf(published)}: leave --alg out to let it ` +
        `sign, or first ${task(`keys withdraw ${kid}`)}`,
    );
  }
  if (now < maySignAt(published) && options.atOnce !== true) {
    throw new UserError(
      `${kid} was published at ${
        written(published.iat ?? 0)
      } and verifiers may not have read it yet: ` +
        `let it sign at ${written(maySignAt(published))} or later, or at once with --now`,
    );
  }
  return promote(published, keys, now);
}

function promote(published: KeptKey, keys: Keys, now: number): KeptKey[] {
  const others = keys.filter((key) => key !== published);
  return [
    published,
    ...others.map((key, place) => place === 0 ? { ...key, retired_at: now } : key),
  ];
}

/** The key to withdraw, and the maximum life of its tokens in hours. */
export interface WithdrawOptions {
  /** Default: each key that no longer signs and has no living tokens. */
  kid?: string | undefined;
  hours?: number;
}

/** Removes keys that no token needs any more. */
export function withdraw(keys: Keys, now: number, options: WithdrawOptions = {}): KeptKey[] {
  const { kid, hours = LONGEST_TOKEN } = options;
  const chosen = kid === undefined
    ? keys.filter((key) => roleOf(key, keys) === "verifies only")
    : [namedBy(kid, keys)];
  if (chosen.length === 0) throw new UserError("there is no retired key to withdraw");

  const ended = chosen.filter((key) => hasEndedAt(key, hours) <= now);
  if (ended.length === 0) {
    const soonest = Math.min(...chosen.map((key) => hasEndedAt(key, hours)));
    throw new UserError(
      `tokens of ${chosen.map((key) => key.kid).join(" and ")} may still be valid: withdraw at ` +
        `${written(soonest)} or later, or say with --after <hours> how long they last, ` +
        "or end them at once with --now",
    );
  }
  return keys.filter((key) => !ended.includes(key));
}

function namedBy(kid: string, keys: Keys): KeptKey {
  const named = keys.find((key) => key.kid === kid);
  if (named === undefined) {
    throw new UserError(
      `there is no key ${kid}: there are ${keys.map((key) => key.kid).join(", ")}`,
    );
  }
  if (roleOf(named, keys) === "signs") {
    throw new UserError(`${kid} signs: let another key do so first, with ${task("keys rotate")}`);
  }
  return named;
}
