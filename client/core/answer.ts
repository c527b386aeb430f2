import { record, text } from "./json.ts";
import {
  aborted,
  notSignedIn,
  type ServerCode,
  serverProblem,
  unavailable,
  unknown,
  unreachable,
} from "./problem.ts";
import type { CallOptions, Result } from "./result.ts";

/** What came back of one request, by whichever way. */
export type Answer =
  | { kind: "success"; status: number; body: unknown }
  | { kind: "refusal"; status: number; body: unknown }
  | { kind: "silence" };

/** How one call understands its answers. */
export interface Reading<Data, Code extends ServerCode> {
  /** Null: it is not what this call answers. */
  read(body: unknown): Data | null;
  /** By the code in the body of a refusal. */
  problems: Readonly<Record<string, Code>>;
}

/** Statuses of servers that are down or busy. Some are given by a server in front, without a code. */
const BUSY: readonly number[] = [429, 502, 503, 504];

/** Asks once. Never throws, and answers at once when the signal aborts. */
export async function asking<Data, Code extends ServerCode>(
  ask: () => Promise<Answer>,
  reading: Reading<Data, Code>,
  { signal }: CallOptions,
): Promise<Result<Data, Code>> {
  if (signal?.aborted) return { data: null, error: aborted() };
  const answer = await orAbort(ask(), signal).catch((): Answer => ({ kind: "silence" }));
  if (answer === "aborted" || signal?.aborted) return { data: null, error: aborted() };
  return resultOf(answer, reading);
}

function resultOf<Data, Code extends ServerCode>(
  answer: Answer,
  { read, problems }: Reading<Data, Code>,
): Result<Data, Code> {
  if (answer.kind === "silence") return { data: null, error: unreachable() };
  const { status, body } = answer;
  if (answer.kind === "success") {
    const data = read(body);
    return data === null ? { data: null, error: unknown(status) } : { data, error: null };
  }

  const document = record(body);
  const code = text(document?.code) ?? "";
  const known = Object.hasOwn(problems, code) ? problems[code] : undefined;
  if (known !== undefined) {
    const message = text(document?.title) ?? text(document?.message) ?? known;
    return { data: null, error: serverProblem(known, document, message) ?? unknown(status, code) };
  }
  if (status === 401) return { data: null, error: notSignedIn() };
  if (BUSY.includes(status)) return { data: null, error: unavailable() };
  return { data: null, error: unknown(status, code) };
}

/** The client library may wait for a session before it looks at the signal. */
function orAbort<Value>(
  work: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value | "aborted"> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => resolve("aborted");
    signal.addEventListener("abort", abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Codes that keep their name. */
export function byTheirNames<Code extends ServerCode>(
  ...codes: readonly Code[]
): Record<string, Code> {
  return Object.fromEntries(codes.map((code) => [code, code]));
}
