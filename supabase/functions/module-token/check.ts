import type { JsonObject } from "../_shared/facts/json.ts";
import { jsonBody } from "../_shared/json_body.ts";
import type { Handler } from "../_shared/problem.ts";
import { questionIn } from "./fields.ts";
import { isoTime } from "./iso_time.ts";
import type { KeyRing } from "./key_ring.ts";
import type { Claims } from "./module_token.ts";
import type { CheckedRight, Rights } from "./rights.ts";
import { verifyModuleToken } from "./verify.ts";

/** The dependencies of checking. */
export interface CheckDeps {
  ring: Pick<KeyRing, "verifiers">;
  issuer: string;
  rights: Pick<Rights, "check">;
  /** Unix milliseconds. */
  now?: () => number;
}

/** Answers a module's server whether a token is valid, and counts the use if `consume` is true. */
export function check({ ring, issuer, rights, now = Date.now }: CheckDeps): Handler {
  return async (request, line) => {
    const { token, module, consume, requestId } = questionIn(await jsonBody(request));
    const expected = { issuer, module, now: Math.floor(now() / 1_000) };
    const claims = await verifyModuleToken(token, ring, expected);
    const answer = typeof claims === "string"
      ? { active: false, reason: claims }
      : answerOf(claims, await rights.check(claims, consume ? { requestId } : null));
    line.outcome = "reason" in answer ? String(answer.reason) : "active";
    return Response.json(answer, { headers: { "cache-control": "no-store" } });
  };
}

function answerOf(claims: Claims, right: CheckedRight): JsonObject {
  const { reason, detail, accessLevel, maxUsage, usesLeft, endsAt } = right;
  if (reason !== null) return { active: false, reason, ...detail === null ? {} : { detail } };
  return {
    active: true,
    user_id: claims.userId,
    module: claims.module,
    access_level: accessLevel,
    max_usage: maxUsage,
    uses_left: usesLeft,
    expires_at: isoTime(claims.expiresAt * 1_000),
    access_expires_at: isoTime(endsAt),
  };
}
