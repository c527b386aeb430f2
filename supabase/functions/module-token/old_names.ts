import type { JsonObject } from "../_shared/facts/json.ts";
import { isoTime } from "./iso_time.ts";
import type { Claims } from "./module_token.ts";
import type { TokenRight } from "./rights.ts";

/** An order: with a token, or waiting for its user. */
interface Ordered {
  token: string | null;
  claims: Pick<Claims, "expiresAt"> | null;
  right: TokenRight;
}

/**
 * The answer to an order in the style of its body, for code of an older site. Fields of the body come back
 * unchanged.
 */
export function oldNames(body: JsonObject, { token, claims, right }: Ordered): JsonObject {
  return {
    success: true,
    tokenId: right.tokenId,
    moduleId: body.moduleId,
    userId: body.userId,
    paymentId: body.paymentId,
    accessLevel: right.accessLevel,
    maxUsage: right.maxUsage,
    expiresAt: claims === null ? null : isoTime(claims.expiresAt * 1_000),
    jwtToken: token,
  };
}
