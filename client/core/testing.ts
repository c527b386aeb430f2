/** Helpers for the tests of the client: every call, and a project that answers as a test says. */

import { createClient } from "@supabase/supabase-js";
import type { ProblemCode } from "./problem.ts";
import type { Result } from "./result.ts";
import { createSesame, type Sesame } from "./sesame.ts";

export type AnyResult = Result<unknown, ProblemCode>;

type Call = (sesame: Sesame, signal?: AbortSignal) => Promise<AnyResult>;

/** Every call that needs a signed-in member. */
export const MEMBERS_CALLS: readonly (readonly [name: string, call: Call])[] = [
  ["modules", (sesame, signal) => sesame.modules({ signal })],
  ["has", (sesame, signal) => sesame.has("whisper", { signal })],
  ["buy", (sesame, signal) => sesame.buy({ module: "whisper" }, { signal })],
  ["status", (sesame, signal) => sesame.status("cs_test_1", { signal })],
  ["claim a module", (sesame, signal) => sesame.claim({ module: "playground" }, { signal })],
  ["claim a purchase", (sesame, signal) => sesame.claim({ secret: "x" }, { signal })],
  ["portal", (sesame, signal) => sesame.portal({ signal })],
  ["token", (sesame, signal) => sesame.token("whisper", { signal })],
];

export const codeOf = async (call: Promise<AnyResult>) => (await call).error?.code ?? "none";

/** The data of a call that has to succeed. */
export function dataOf<Data>({ data, error }: Result<Data, ProblemCode>): Data {
  if (error !== null) throw new Error(JSON.stringify(error));
  return data;
}

/** A client of supabase-js whose every request is answered like this. */
export function clientAnswering(answer: (request: Request) => Response | Promise<Response>) {
  return createClient("http://127.0.0.1:9", "sb_publishable_1", {
    global: { fetch: async (input, init) => await answer(new Request(input, init)) },
    auth: { persistSession: false, autoRefreshToken: false },
  });
}

export function sesameAnswering(
  answer: (request: Request) => Response | Promise<Response>,
): Sesame {
  return createSesame(clientAnswering(answer));
}
