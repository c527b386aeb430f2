/** Buys as a member's browser: calls our function, and presses buttons on Stripe's pages. */

import type { Stack } from "../../local/stack.ts";
import type { Persona } from "./stage.ts";

/** What `checkout` answered. */
export interface Answer {
  status: number;
  // deno-lint-ignore no-explicit-any -- each test knows what it asked
  body: any;
}

/** Calls the function as a persona; without a body by GET. */
export async function ask(
  { functionsUrl }: Stack,
  { headers }: Persona,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${functionsUrl}/checkout${path}`, {
    headers: { ...headers, ...body === undefined ? {} : { "content-type": "application/json" } },
    ...body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
  });
  return { status: response.status, body: await response.json() };
}

/** The answer in a few words: `200`, `409 already_owned`. */
export async function words(answer: Promise<Answer>): Promise<string> {
  const { status, body } = await answer;
  return body.code === undefined ? String(status) : `${status} ${body.code}`;
}

/** Presses a button on a page of Stripe's. Returns the address of the redirect, or "". */
export async function press(page: string, action: string): Promise<string> {
  const body = new URLSearchParams({ action });
  const response = await fetch(page, { method: "POST", body, redirect: "manual" });
  await response.body?.cancel();
  return response.headers.get("location") ?? "";
}

/** The session that a payment page or the way back from it is about. */
export function sessionOf(address: string): string {
  return /cs_test_\w+/.exec(address)?.[0] ?? "";
}
