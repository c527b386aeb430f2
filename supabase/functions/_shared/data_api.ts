import { errorCode, isTransient } from "./doors/sqlstate.ts";
import { EXPOSED_SCHEMA } from "./exposed_schema.ts";
import { type JsonObject, parsed, record } from "./facts/json.ts";
import { incompleteAnswer, Refusal, Unavailable } from "./problem.ts";

/** Milliseconds one call may take, from the first byte sent to the last byte read. */
export const TIME_LIMIT = 4_000;

/** The Data API and the key that opens it: `sb_secret_…`, or the legacy service_role JWT. */
export interface ApiAddress {
  url: string;
  key: string;
  /** The schema of the functions that are called; default Sesame's own. */
  schema?: string;
}

/**
 * Calls a function of the exposed schema with its named arguments, as JSON text. Throws `Unavailable`
 * where a retry may help, `Refusal` (`internal`) elsewhere; neither carries a text of Postgres.
 */
export type CallRpc = (name: string, args: string, signal?: AbortSignal) => Promise<unknown>;

/** Calls through the Data API: one POST, without a client library. */
export function dataApi(
  { url, key, schema = EXPOSED_SCHEMA }: ApiAddress,
  timeLimit = TIME_LIMIT,
): CallRpc {
  const headers = { ...headersFor(key), "content-profile": schema };
  return async (name, args, signal) => {
    const timeout = AbortSignal.timeout(timeLimit);
    const response = await reaching(fetch(`${url}/rest/v1/rpc/${name}`, {
      method: "POST",
      headers,
      body: args,
      redirect: "error", // a redirect would carry the key to another host
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    }));
    const answer = parsed(await reaching(response.text())) ?? null;
    if (!response.ok) throw refusalOf(response.status, answer);
    return answer;
  };
}

/** The rows that a function of the database returns. */
export async function rows(call: CallRpc, name: string, args: object): Promise<JsonObject[]> {
  return (await array(call, name, args)).map(record).filter((row) => row !== null);
}

/** The one row that a function of the database returns. */
export async function row<Row>(call: CallRpc, name: string, args: object): Promise<Row> {
  const [only = null, ...others] = (await array(call, name, args)).map(record);
  if (only === null || others.length > 0) throw incompleteAnswer();
  return only as Row;
}

/** The texts that a function of the database returns, for example ids. */
export async function texts(call: CallRpc, name: string, args: object): Promise<string[]> {
  return (await array(call, name, args)).filter((value) => typeof value === "string");
}

async function array(call: CallRpc, name: string, args: object): Promise<unknown[]> {
  const answer = await call(name, JSON.stringify(args));
  if (!Array.isArray(answer)) throw incompleteAnswer();
  return answer;
}

function headersFor(key: string): Record<string, string> {
  const headers = { "content-type": "application/json", accept: "application/json", apikey: key };
  // Only the legacy key is a JWT; a new one in this header would be refused as a malformed JWT.
  return key.startsWith("sb_") ? headers : { ...headers, authorization: `Bearer ${key}` };
}

/** Any error on the way to the API may be temporary: a retry may help. */
function reaching<Value>(way: Promise<Value>): Promise<Value> {
  return way.catch((error: Error) => {
    throw new Unavailable(error.name);
  });
}

/** The code decides. Without one, a 5xx, 408 or 429 comes from a server in front of Postgres. */
function refusalOf(status: number, answer: unknown): Refusal {
  const code = errorCode((answer as { code?: unknown } | null)?.code);
  const transient = code === null
    ? status >= 500 || [408, 429].includes(status)
    : isTransient(code);
  const reason = code ?? `HTTP ${status}`;
  return transient ? new Unavailable(reason) : new Refusal("internal", { reason });
}
