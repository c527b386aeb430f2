/** Module tokens as a browser, a server and a module ask for them and about them. */

import type { Stack } from "../../local/stack.ts";
import type { Member } from "./stage.ts";

/** What `module-token` answers. */
export interface Minted {
  token: string;
  expires_at: string;
  uses_left: number | null;
}

/** What `module-token/verify` answers. */
export interface Verdict {
  active: boolean;
  reason?: string;
  detail?: string;
  user_id?: string;
  uses_left?: number | null;
}

/** The terms of a server's order. */
export interface Order {
  userId: string;
  paymentId: string;
  maxUsage?: number;
  expirationHours?: number;
}

export function issuerOf({ functionsUrl }: Stack): string {
  return `${functionsUrl}/module-token`;
}

/** Requests a member's own token; returns the answer in any case. */
export function askToken(stack: Stack, { headers }: Member, module: string): Promise<Response> {
  return post(issuerOf(stack), { module }, headers);
}

/** A server orders a token of this module. */
export async function orderToken(stack: Stack, module: string, order: Order): Promise<Minted> {
  const headers = { apikey: stack.secretKey };
  const response = await post(issuerOf(stack), { moduleId: module, ...order }, headers);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return await response.json();
}

/** A module's server asks about a token; throws if there is no answer. */
export async function verifyToken(
  stack: Stack,
  token: string,
  more: { module?: string; consume?: boolean; requestId?: string } = {},
): Promise<Verdict> {
  const response = await post(`${issuerOf(stack)}/verify`, { token, ...more });
  if (response.ok) return await response.json();
  throw new Error(`${response.status} ${await response.text()}`);
}

function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}
