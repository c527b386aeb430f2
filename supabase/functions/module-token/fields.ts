import type { JsonObject } from "../_shared/facts/json.ts";
import { invalid } from "../_shared/problem.ts";
import type { Order } from "./rights.ts";

/** Stripe's own limit for an id. */
const LONGEST_PAYMENT_ID = 255;

const LONGEST_WORD = 100;
const LONGEST_REQUEST_ID = 200;

/** A year. */
const MOST_HOURS = 8_760;

/** The maximum of an integer in Postgres. */
const MOST_USES = 2_147_483_647;

/** The longest address. */
const LONGEST_USER = 320;

/** A module as callers name it: a slug, or an id (also of an old database) as a number or text. */
export function moduleIn(body: JsonObject, field: string): string {
  const value = body[field];
  if (Number.isSafeInteger(value) && Number(value) > 0) return String(value);
  if (isText(value, LONGEST_WORD)) return value;
  throw invalid(`${field} must be the slug or the id of a module: "stable-diffusion", or 1.`);
}

/** Reads an order of a server. Throws `invalid_request`, which names the field and the fix. */
export function orderIn(body: JsonObject): Order {
  return {
    module: moduleIn(body, "moduleId"),
    user: userIn(body),
    paymentId: textIn(body, "paymentId", LONGEST_PAYMENT_ID),
    accessLevel: isAbsent(body.accessLevel)
      ? "standard"
      : textIn(body, "accessLevel", LONGEST_WORD),
    expirationHours: countIn(body, "expirationHours", MOST_HOURS, "a right without an end"),
    maxUsage: countIn(body, "maxUsage", MOST_USES, "a right without a limit"),
  };
}

/** A request of a module's server to check a token. */
export interface Question {
  token: string;
  /** The server's own slug; null: not given. */
  module: string | null;
  consume: boolean;
  requestId: string | null;
}

/** Reads a request to check a token. Throws `invalid_request`, which names the field and the fix. */
export function questionIn(body: JsonObject): Question {
  const { token, module, consume, requestId } = body;
  if (typeof token !== "string") throw invalid("token must be a string: the module token.");
  if (!isAbsent(consume) && typeof consume !== "boolean") {
    throw invalid("consume must be true or false; leave it out to count nothing.");
  }
  return {
    token,
    module: isAbsent(module) ? null : slugIn(module),
    consume: consume === true,
    requestId: isAbsent(requestId) ? null : textIn(body, "requestId", LONGEST_REQUEST_ID),
  };
}

function slugIn(module: unknown): string {
  if (isText(module, LONGEST_WORD)) return module;
  throw invalid('module must be your own slug: "stable-diffusion".');
}

/** A user as the site has always named them. The database resolves the name. */
function userIn({ userId }: JsonObject): string {
  if (Number.isSafeInteger(userId) && Number(userId) > 0) return String(userId);
  if (isText(userId, LONGEST_USER)) return userId;
  throw invalid(
    "userId must be the user's uuid (the id in auth.users), their address, or their id in the old database.",
  );
}

function textIn(body: JsonObject, field: string, longest: number): string {
  const value = body[field];
  if (isText(value, longest)) return value;
  throw invalid(
    `${field} must be a string of 1 to ${longest} characters, without control characters.`,
  );
}

function countIn(body: JsonObject, field: string, most: number, without: string): number | null {
  const value = body[field];
  if (isAbsent(value)) return null;
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most) {
    return Number(value);
  }
  throw invalid(`${field} must be a whole number from 1 to ${most}; leave it out for ${without}.`);
}

/** Text that Postgres stores unchanged. */
function isText(value: unknown, longest: number): value is string {
  return typeof value === "string" && value.trim() !== "" && value.length <= longest &&
    // deno-lint-ignore no-control-regex -- the pattern finds control characters on purpose
    value.isWellFormed() && !/[\x00-\x1f\x7f]/.test(value);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
