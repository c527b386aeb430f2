import type { CallRpc } from "../_shared/data_api.ts";
import { type JsonObject, oneOf, record, text, whole } from "../_shared/facts/json.ts";
import { Refusal } from "../_shared/problem.ts";
import type { Claims } from "./module_token.ts";

/** How a module's tokens are signed: with the project's own key, or with an older site's shared secret. */
export type TokenAlg = "ES256" | "HS256";

/** What a user may do with a module at this moment. */
export interface Right {
  /** Null: open. Else a word that says why not. */
  reason: string | null;
  accessLevel: string | null;
  /** Null: no limit; then `usesLeft` is null too. */
  maxUsage: number | null;
  usesLeft: number | null;
  /** The end of the access in Unix milliseconds; null: none. */
  endsAt: number | null;
}

/** A right that a token can stand for. */
export interface TokenRight extends Right {
  /** Null: there is none; `reason` says why. */
  tokenId: string | null;
  /** The slug. */
  module: string | null;
  /** The module's id, in digits. */
  moduleId: string | null;
  /** The owner; null: none yet, as `reason` says. */
  userId: string | null;
  alg: TokenAlg;
}

/** A right as a module's server sees it. */
export interface CheckedRight extends Right {
  /** The exact word behind `reason`. */
  detail: string | null;
}

/** An order of a server for a user, applied once for each payment. */
export interface Order {
  /** A uuid, an address, or an id of an old database. */
  user: string;
  /** Slug or id. */
  module: string;
  paymentId: string;
  accessLevel: string;
  /** Null: without an end. */
  expirationHours: number | null;
  /** Null: no limit. */
  maxUsage: number | null;
}

/** One use of a module. The same `requestId` counts once. Null: no use is counted. */
export type Use = { requestId: string | null } | null;

/** Questions about rights, answered by the database. */
export interface Rights {
  /** What a member's own access allows; `module` is a slug or an id. */
  ofMember(userId: string, module: string): Promise<TokenRight>;
  /** The right of an order, from now or from the first time it came. */
  ofOrder(order: Order): Promise<TokenRight>;
  /** Whether a token's right still holds. If so, the use is counted. */
  check(claims: Claims, use: Use): Promise<CheckedRight>;
}

/** Asks through the Data API. */
export function askRights(call: CallRpc): Rights {
  async function ask(name: string, args: JsonObject): Promise<JsonObject> {
    const answer = await call(name, JSON.stringify(args));
    const row = Array.isArray(answer) && answer.length === 1 ? record(answer[0]) : null;
    // A reason that is no word must not count as "open".
    if (row === null || row.reason !== null && text(row.reason) === null) throw unexpected();
    return row;
  }
  return {
    ofMember: async (user_id, module) =>
      tokenRight(await ask("sesame_issue_module_token", { user_id, module })),
    ofOrder: async (order) =>
      tokenRight(await ask("sesame_create_access_token", argumentsOf(order))),
    async check({ tokenId, userId, module }, use) {
      const row = await ask("sesame_verify_module_token", {
        token_id: tokenId,
        user_id: userId,
        module,
        consume: use !== null,
        request_id: use?.requestId ?? null,
      });
      return { ...rightOf(row), detail: text(row.detail) };
    },
  };
}

function argumentsOf(order: Order): JsonObject {
  return {
    user_ref: order.user,
    module: order.module,
    payment_id: order.paymentId,
    access_level: order.accessLevel,
    expiration_hours: order.expirationHours,
    max_usage: order.maxUsage,
  };
}

function tokenRight(row: JsonObject): TokenRight {
  const moduleId = whole(row.module_id);
  return {
    ...rightOf(row),
    tokenId: text(row.token_id),
    module: text(row.module),
    moduleId: moduleId === null ? null : String(moduleId),
    userId: text(row.user_id),
    // An unknown algorithm is an error where a token is signed.
    alg: row.reason === null ? algOf(row.alg) : "ES256",
  };
}

function algOf(value: unknown): TokenAlg {
  const alg = oneOf(["ES256", "HS256"] as const, value);
  if (alg === null) throw unexpected();
  return alg;
}

function rightOf(row: JsonObject): Right {
  return {
    reason: text(row.reason),
    accessLevel: text(row.access_level),
    maxUsage: whole(row.max_usage),
    usesLeft: whole(row.uses_left),
    endsAt: instant(row.expires_at),
  };
}

/** An unreadable time must not count as "without an end". */
function instant(value: unknown): number | null {
  if (value === null) return null;
  const milliseconds = typeof value === "string" ? Date.parse(value) : NaN;
  if (Number.isNaN(milliseconds)) throw unexpected();
  return milliseconds;
}

function unexpected(): Refusal {
  return new Refusal("internal", { reason: "unexpected_answer" });
}
