import type { SupabaseClient } from "@supabase/supabase-js";
import type { Answer } from "./answer.ts";
import type { JsonObject } from "./json.ts";
import type { CallOptions } from "./result.ts";

/** A client of supabase-js, for any database. */
// deno-lint-ignore no-explicit-any -- the types of the app's own tables do not matter here
export type AnySupabaseClient = SupabaseClient<any, any, any, any, any>;

/** What differs between installations. */
export interface SesameOptions {
  /** The schema of `sesame-supabase add --schema`; default `public`. */
  schema?: string | undefined;
  /** What `add --functions-prefix` put before the names of the functions; default nothing. */
  functionsPrefix?: string | undefined;
}

/** The project, as the signed-in member reaches it. */
export interface Project {
  /** Reads all rows of a view. */
  select(view: string, columns: string, options: CallOptions): Promise<Answer>;
  /** Calls a function of the database. */
  rpc(name: string, args: JsonObject, options: CallOptions): Promise<Answer>;
  /** Sends a JSON object to an edge function. */
  post(path: string, body: JsonObject, options: CallOptions): Promise<Answer>;
}

/** What postgrest-js resolves to. Status 0: there was no answer. */
interface DataApiAnswer {
  data: unknown;
  error: unknown;
  status: number;
}

/** A request of postgrest-js. It is sent when it is awaited. */
interface DataApiRequest extends PromiseLike<DataApiAnswer> {
  abortSignal(signal: AbortSignal): PromiseLike<DataApiAnswer>;
}

export function projectOf(
  supabase: AnySupabaseClient,
  { schema = "public", functionsPrefix = "" }: SesameOptions,
): Project {
  return {
    select: (view, columns, options) =>
      sent(supabase.schema(schema).from(view).select(columns) as DataApiRequest, options),
    rpc: (name, args, options) =>
      sent(supabase.schema(schema).rpc(name, args) as DataApiRequest, options),
    async post(path, body, { signal }) {
      const { data, error, response } = await supabase.functions.invoke(functionsPrefix + path, {
        body,
        ...signal === undefined ? {} : { signal },
      });
      if (error === null) return { kind: "success", status: response?.status ?? 200, body: data };
      return await refusalOf(error);
    },
  };
}

async function sent(request: DataApiRequest, { signal }: CallOptions): Promise<Answer> {
  const { data, error, status } = await (signal ? request.abortSignal(signal) : request);
  if (status === 0) return { kind: "silence" };
  if (error === null) return { kind: "success", status, body: data };
  return { kind: "refusal", status, body: error };
}

/** An error of functions-js. The name says which: two copies of the package have two classes. */
async function refusalOf(error: { name?: string; context?: unknown }): Promise<Answer> {
  if (error.name === "SyntaxError") return { kind: "refusal", status: 200, body: null };
  const response = error.context as Partial<Response> | undefined;
  if (typeof response?.status !== "number") return { kind: "silence" };
  const body = await response.json?.().catch(() => null) ?? null;
  return { kind: "refusal", status: response.status, body };
}
