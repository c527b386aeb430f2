import type { ApiAddress } from "../data_api.ts";
import { at, parsed } from "../facts/json.ts";
import { Misconfigured, optional, readEnv, required, type Source } from "../env.ts";

/** Which door: the Data API, or a connection of our own. */
export type DoorAddress = ({ kind: "api" } & ApiAddress) | { kind: "direct"; url: string };

/**
 * Which door to Postgres: `SESAME_DB_URL` where an operator sets it, otherwise the Data API at
 * `SUPABASE_URL` with the secret key the platform brings.
 */
export function postgresDoor(source: Source): DoorAddress {
  const direct = optional(source, "SESAME_DB_URL");
  if (direct === null) return { kind: "api", ...dataApiAddress(source) };

  if (!hasScheme(direct, ["postgres:", "postgresql:"])) {
    throw new Misconfigured([
      "SESAME_DB_URL is not a Postgres URL: postgresql://role:password@host:port/database, or unset it",
    ]);
  }
  return { kind: "direct", url: direct };
}

/** Where the webhook writes its figures, whichever door it uses. Null: there is no Data API. */
export function figuresAddress(source: Source): ApiAddress | null {
  try {
    return dataApiAddress(source);
  } catch (error) {
    if (error instanceof Misconfigured) return null; // the reader that needs the variable reports it
    throw error;
  }
}

/** `SUPABASE_URL` with the secret key that the platform brings. */
export function dataApiAddress(source: Source): ApiAddress {
  return readEnv({ url: apiUrl, key: secretKey }, source);
}

function apiUrl(source: Source): string {
  const fix = "the project's URL, https://<ref>.supabase.co; on Supabase the platform sets it";
  const url = required(source, "SUPABASE_URL", fix);
  if (!hasScheme(url, ["http:", "https:"])) {
    throw new Misconfigured([`SUPABASE_URL is not a URL: ${fix}`]);
  }
  return url.replace(/\/+$/, "");
}

/** The new secret key if there is one, otherwise the legacy JWT. */
function secretKey(source: Source): string {
  const keys = optional(source, "SUPABASE_SECRET_KEYS");
  const key = keys === null ? null : defaultKey(keys);
  return key ?? required(
    source,
    "SUPABASE_SERVICE_ROLE_KEY",
    'the fallback for SUPABASE_SECRET_KEYS, which has no default key: set either {"default":"sb_secret_…"} ' +
      "there or the legacy key here; on Supabase the platform sets them",
  );
}

function defaultKey(keys: string): string | null {
  const named = parsed(keys);
  if (named === undefined) {
    throw new Misconfigured([
      'SUPABASE_SECRET_KEYS is not JSON: {"default":"sb_secret_…"}; on Supabase the platform sets it',
    ]);
  }
  const key = at(named, "default");
  return typeof key === "string" && key.trim() !== "" ? key.trim() : null;
}

function hasScheme(url: string, schemes: string[]): boolean {
  return URL.canParse(url) && schemes.includes(new URL(url).protocol);
}
