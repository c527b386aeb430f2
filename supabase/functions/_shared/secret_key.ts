import { Refusal } from "./problem.ts";

/** Lets a request through that carries the project's secret key; throws `secret_key_needed`. */
export type RequireSecretKey = (request: Request) => Promise<void>;

/** Whether a request carries the project's secret key. */
export type HasSecretKey = (request: Request) => Promise<boolean>;

/** `key` is `sb_secret_…`, or the legacy service_role JWT, which may also come as a bearer token. */
export function holdsSecretKey(key: string): HasSecretKey {
  return async ({ headers }) => {
    const expected = await digestOf(key);
    const [, bearer = ""] = /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
    for (const given of [headers.get("apikey") ?? "", bearer]) {
      if (isSame(await digestOf(given), expected)) return true;
    }
    return false;
  };
}

/** The same for those that take nothing else. */
export function secretKey(key: string): RequireSecretKey {
  const hasSecretKey = holdsSecretKey(key);
  return async (request) => {
    if (!await hasSecretKey(request)) throw new Refusal("secret_key_needed");
  };
}

/** Digests are compared, so that the time it takes tells nothing of the key. */
async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.reduce((difference, byte, place) => difference | byte ^ (other[place] ?? 0), 0) === 0;
}
