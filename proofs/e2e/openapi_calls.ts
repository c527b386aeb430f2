/** Calls of the operations of docs/reference/openapi.json, each with its answer checked. */

import { sign } from "../../stripe/events.ts";
import { assertTaken, checkedAnswer, type OperationName, operationOf } from "./openapi.ts";
import type { Member, Stage } from "./stage.ts";

export interface Call {
  /** The calling member, if there is one; default Ada. */
  member?: Member;
  /** An object is sent as JSON, a text as it is. */
  body?: unknown;
  query?: string;
  headers?: Record<string, string>;
}

interface Calls {
  /** Calls an operation with the required session, secret key or signature. */
  call(name: OperationName, given?: Call): Promise<Response>;
  /** Calls and checks the answer: its status, and the code of a problem. */
  answer(name: OperationName, given?: Call): Promise<string>;
  /** The same for a request that the document has to allow as well. */
  good(name: OperationName, given?: Call): Promise<string>;
  /** The answers so far, as `listedAnswers` writes them. */
  seen: Set<string>;
}

export function openCalls(stage: Stage): Calls {
  const seen = new Set<string>();

  async function call(name: OperationName, given: Call = {}): Promise<Response> {
    const [method = "", path = ""] = name.split(" ");
    const { member = stage.ada, body, query = "", headers = {} } = given;
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const json = text === undefined ? {} : { "content-type": "application/json" };
    return await fetch(`${stage.stack.functionsUrl}${path}${query}`, {
      method,
      headers: { ...await authorization(stage, name, member, text ?? ""), ...json, ...headers },
      ...text === undefined ? {} : { body: text },
    });
  }

  async function answer(name: OperationName, given?: Call): Promise<string> {
    const words = await checkedAnswer(name, await call(name, given));
    seen.add(words);
    return words.slice(name.length + 1);
  }

  async function good(name: OperationName, given: Call = {}): Promise<string> {
    if (given.body !== undefined) assertTaken(name, given.body);
    return await answer(name, given);
  }
  return { call, answer, good, seen };
}

/** The headers that the document's first security scheme of an operation stands for. */
export async function authorization(
  { stack }: Stage,
  name: OperationName,
  member: Member,
  text: string,
): Promise<Record<string, string>> {
  const [scheme] = operationOf(name).security.flatMap(Object.keys);
  if (scheme === "session") return member.headers;
  if (scheme === "stripeSignature") {
    return { "stripe-signature": await sign(text, stack.webhookSecret) };
  }
  return scheme === "secretKey" ? { apikey: stack.secretKey } : {};
}
