import { asking } from "./answer.ts";
import type { Project } from "./project.ts";
import type { CallOptions, Result } from "./result.ts";

/** What a member claims: a free module by slug or id, or the purchase of a claim link by its secret. */
export type Claim = { module: string | number } | { secret: string };

/** What became of a claim. */
export interface Claimed {
  /** False: the member had this module already. */
  isNew: boolean;
}

/** The SQLSTATEs of `claim_free_module`, and what they mean here. */
export const MODULE_STATES = {
  SE006: "no_such_module",
  SE007: "not_free",
  PT503: "unavailable",
} as const;

/** The SQLSTATEs of `claim_purchase`. */
export const LINK_STATES = {
  SE020: "no_such_link",
  SE021: "no_such_link", // its purchase is gone
  PT503: "unavailable",
} as const;

export type ClaimCode = "no_such_module" | "not_free" | "no_such_link";

/** Claims a free module, or a purchase. */
export async function claim(
  project: Project,
  what: Claim,
  options: CallOptions = {},
): Promise<Result<Claimed, ClaimCode>> {
  if ("module" in what) {
    const args = { module: String(what.module) };
    return await asking(() => project.rpc("claim_free_module", args, options), {
      read: (body) => typeof body === "boolean" ? { isNew: body } : null,
      problems: MODULE_STATES,
    }, options);
  }
  return await asking(() => project.rpc("claim_purchase", { secret: what.secret }, options), {
    read: (body) => body === null || body === "" ? { isNew: true } : null,
    problems: LINK_STATES,
  }, options);
}
