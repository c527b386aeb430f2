import type { ApiAddress } from "./data_api.ts";
import { uuid } from "./facts/json.ts";
import { Refusal, Unavailable } from "./problem.ts";

/** A signed-in user. */
export interface Member {
  id: string;
  /** Null where he signed in without one, by telephone for instance. */
  email: string | null;
}

/** Who is signed in. Throws `not_signed_in`, or `Unavailable` where Auth cannot be asked. */
export type WhoIs = (request: Request) => Promise<Member>;

/** What this needs of the client library of Auth. */
interface Auth {
  getClaims(jwt: string): Promise<{
    data: { claims: { sub: string; role?: string; email?: string } } | null;
    error: { name: string; status?: number | undefined } | null;
  }>;
}

const BEARER = /^Bearer (\S+)$/i;

/**
 * Asks the project's Auth. A token with an asymmetric signature is checked against its public keys,
 * which are fetched once; any other one costs a question each time.
 */
export function members(
  address: ApiAddress,
  connectAuth: (address: ApiAddress) => Promise<Auth> = connect,
): WhoIs {
  let auth: Promise<Auth> | null = null;
  return async (request) => {
    const [, token] = BEARER.exec(request.headers.get("authorization") ?? "") ?? [];
    // A new API key is no JWT: some clients send it here as well while nobody is signed in.
    if (token === undefined || token.startsWith("sb_")) throw new Refusal("not_signed_in");

    const client = await (auth ??= connectAuth(address));
    const { data, error } = await client.getClaims(token).catch(noToken);
    if (isFaultOfTheMoment(error)) throw new Unavailable(error?.name ?? "auth");
    const { sub = "", role, email } = data?.claims ?? {};
    if (role !== "authenticated" || uuid(sub) !== sub) throw new Refusal("not_signed_in");
    return { id: sub, email: email || null };
  };
}

/** What is shaped like a token, and holds no JSON, the client library throws itself. */
function noToken(error: unknown): Awaited<ReturnType<Auth["getClaims"]>> {
  if (error instanceof SyntaxError) return { data: null, error };
  throw error;
}

/** No answer, or one of a server in trouble: it says nothing about the token. */
function isFaultOfTheMoment(error: Awaited<ReturnType<Auth["getClaims"]>>["error"]): boolean {
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
