import type { ApiAddress } from "./data_api.ts";
import { uuid } from "./facts/json.ts";
import { Refusal, Unavailable } from "./problem.ts";

/** A signed-in user. */
export interface Member {
  id: string;
  /** Null for a user without an address, for example after sign-in by phone. */
  email: string | null;
}

/** The signed-in user. Throws `not_signed_in`, or `Unavailable` while Auth does not answer. */
export type MemberOf = (request: Request) => Promise<Member>;

/** The part of Auth's client library that is used here. */
interface Auth {
  getClaims(jwt: string): Promise<{
    data: { claims: { sub: string; role?: string; email?: string } } | null;
    error: { name: string; status?: number | undefined } | null;
  }>;
}

const BEARER = /^Bearer (\S+)$/i;

/**
 * Asks the project's Auth. A token with an asymmetric signature is checked with Auth's public keys,
 * which are fetched once. Any other token costs a request to Auth each time.
 */
export function members(
  address: ApiAddress,
  connectAuth: (address: ApiAddress) => Promise<Auth> = connect,
): MemberOf {
  let auth: Promise<Auth> | null = null;
  return async (request) => {
    const [, token] = BEARER.exec(request.headers.get("authorization") ?? "") ?? [];
    // Some clients send their API key here while no user is signed in. A new API key is no JWT.
    if (token === undefined || token.startsWith("sb_")) throw new Refusal("not_signed_in");

    const client = await (auth ??= connectAuth(address));
    const { data, error } = await client.getClaims(token).catch(noToken);
    if (isTransient(error)) throw new Unavailable(error?.name ?? "auth");
    const { sub = "", role, email } = data?.claims ?? {};
    if (role !== "authenticated" || uuid(sub) !== sub) throw new Refusal("not_signed_in");
    return { id: sub, email: email || null };
  };
}

/** The client library throws a SyntaxError for a token whose parts are not JSON. */
function noToken(error: unknown): Awaited<ReturnType<Auth["getClaims"]>> {
  if (error instanceof SyntaxError) return { data: null, error };
  throw error;
}

/** Auth did not answer, or answered with a server error. The token may be valid. */
function isTransient(error: Awaited<ReturnType<Auth["getClaims"]>>["error"]): boolean {
  if (error === null) return false;
  const { name, status = 0 } = error;
  return name === "AuthRetryableFetchError" || status >= 500 || status === 429;
}

async function connect({ url, key }: ApiAddress): Promise<Auth> {
  const { AuthClient } = await import("@supabase/auth-js");
  return new AuthClient({
    url: `${url}/auth/v1`,
    headers: { apikey: key },
    autoRefreshToken: false,
    persistSession: false,
    detectSessionInUrl: false,
  });
}
