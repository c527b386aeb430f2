import { Refusal } from "./problem.ts";
import { isSame } from "./same_bytes.ts";
import { sha256 } from "./sha256.ts";

/** Throws `secret_key_needed` unless the request carries the project's secret key. */
export type RequireSecretKey = (request: Request) => Promise<void>;

/** Whether a request carries the project's secret key. */
export type HasSecretKey = (request: Request) => Promise<boolean>;

/** `key` is `sb_secret_…`, or the legacy service_role JWT, which may also come as a bearer token. */
export function holdsSecretKey(key: string): HasSecretKey {
  return async ({ headers }) => {
    const expected = await sha256(key);
    const [, bearer = ""] = /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
    for (const given of [headers.get("apikey") ?? "", bearer]) {
      if (isSame(await sha256(given), expected)) return true;
    }
    return false;
  };
}

/** The same as a guard, for routes that accept nothing else. */
export function secretKey(key: string): RequireSecretKey {
  const hasSecretKey = holdsSecretKey(key);
  return async (request) => {
    if (!await hasSecretKey(request)) throw new Refusal("secret_key_needed");
  };
}
