/** A key of `MODULE_TOKEN_KEYS` with its role and its times. */

import { time } from "../supabase/functions/_shared/facts/json.ts";
import { type PrivateJwk, throwIfAny } from "../supabase/functions/module-token/key_set.ts";

/** A key with its times, in Unix seconds. */
export interface KeptKey extends PrivateJwk {
  /** When it was made, and so published at the earliest. */
  readonly iat?: number;
  /** When it stopped signing. */
  readonly retired_at?: number;
}

/** The keys with their times. Throws `Misconfigured` if one is not a time. */
export function keptKeys(set: readonly PrivateJwk[]): KeptKey[] {
  const isNoted = (value: unknown) => value === undefined || time(value) !== null;
  throwIfAny(
    set.flatMap(({ iat, retired_at }, index) =>
      isNoted(iat) && isNoted(retired_at)
        ? []
        : [`has an iat or a retired_at that is no Unix second, in key ${index + 1}`]
    ),
  );
  return [...set];
}

/** The role of a key follows from its place in the set and its times. */
export type Role = "signs" | "published" | "verifies only";

export function roleOf(key: KeptKey, keys: readonly KeptKey[]): Role {
  if (key === keys[0]) return "signs";
  return key.retired_at === undefined ? "published" : "verifies only";
}

/** The first key of a role. */
export function findRole(role: Role, keys: readonly KeptKey[]): KeptKey | undefined {
  return keys.find((key) => roleOf(key, keys) === role);
}

/** A time in Unix seconds as readable text. */
export function written(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
}
