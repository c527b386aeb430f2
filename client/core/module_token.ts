import { asking, byTheirNames } from "./answer.ts";
import { record, text } from "./json.ts";
import type { ServerCode } from "./problem.ts";
import type { Project } from "./project.ts";
import type { CallOptions, Result } from "./result.ts";

/** A token that names the member to a module's own server, and its terms. */
export interface ModuleToken {
  token: string;
  /** The slug. */
  module: string;
  /** When the token ends: a few minutes from now. Ask for a new one at any time. */
  expires_at: string;
  /** When the access ends; null: it does not. */
  access_expires_at: string | null;
  access_level: string;
  /** Null: no limit; then `uses_left` is null too. */
  max_usage: number | null;
  uses_left: number | null;
}

export const TOKEN_CODES = [
  "no_access",
  "no_such_module",
  "invalid_request",
] as const satisfies ServerCode[];

export type TokenCode = typeof TOKEN_CODES[number];

/** Asks for a token for a module, by slug or id, that is open to the member. */
export function moduleToken(
  project: Project,
  module: string | number,
  options: CallOptions = {},
): Promise<Result<ModuleToken, TokenCode>> {
  return asking(() => project.post("module-token", { module }, options), {
    read: tokenIn,
    problems: byTheirNames(...TOKEN_CODES),
  }, options);
}

function tokenIn(body: unknown): ModuleToken | null {
  const answer = record(body);
  const isToken = ["token", "module", "expires_at", "access_level"]
    .every((field) => text(answer?.[field]) !== null);
  return isToken ? answer as unknown as ModuleToken : null;
}
