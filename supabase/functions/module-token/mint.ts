import type { JsonObject } from "../_shared/facts/json.ts";
import { jsonBody } from "../_shared/json_body.ts";
import type { LogLine } from "../_shared/log.ts";
import type { MemberOf } from "../_shared/members.ts";
import { type Handler, Refusal } from "../_shared/problem.ts";
import type { HasSecretKey } from "../_shared/secret_key.ts";
import { moduleIn, orderIn } from "./fields.ts";
import { isoTime } from "./iso_time.ts";
import type { RingKey } from "./key_ring.ts";
import type { LegacyClaims, SignLegacy } from "./legacy_secret.ts";
import { oldNames } from "./old_names.ts";
import type { Rights, TokenRight } from "./rights.ts";
import { signModuleToken } from "./sign.ts";

/** The dependencies of minting. */
export interface MintDeps {
  memberOf: MemberOf;
  hasSecretKey: HasSecretKey;
  rights: Rights;
  signer: RingKey;
  /** For modules whose servers verify with the shared secret. */
  signLegacy: SignLegacy;
  issuer: string;
  /** Unix milliseconds. */
  now?: () => number;
}

/** The longest life of a member's token, in seconds. It also ends with the access. */
const MEMBERS_LIFETIME = 5 * 60;

/** The life of an ordered token without an end. Afterwards the server asks again with the same `paymentId`. */
const SERVERS_LIFETIME = 24 * 60 * 60;

const NO_STORE = { "cache-control": "no-store" };

/** A token, its claims, and the right behind it. */
interface Minted {
  token: string;
  claims: LegacyClaims;
  right: TokenRight;
}

/** Gives a module token to a member with access, or to a server that orders one for a user. */
export function mint(deps: MintDeps): Handler {
  return async (request, line) => {
    const body = await jsonBody(request);
    return await mayOrder(request, body, deps.hasSecretKey)
      ? await ordered(body, deps, line)
      : await granted(request, body, deps, line);
  };
}

/** Whether this is a server. A wrong secret key answers secret_key_needed and not not_signed_in. */
async function mayOrder(
  request: Request,
  body: JsonObject,
  hasSecretKey: HasSecretKey,
): Promise<boolean> {
  if (await hasSecretKey(request)) return true;
  const triesKey = request.headers.get("apikey")?.startsWith("sb_secret_") ?? false;
  if (!triesKey && !isOrder(body)) return false;
  throw new Refusal("secret_key_needed", {
    members: {
      detail:
        "Ordering a token for a user needs the project's secret key: send it in the header apikey, from a server.",
    },
  });
}

/** Only members send `module`. */
function isOrder(body: JsonObject): boolean {
  return !("module" in body) && ["moduleId", "userId", "paymentId"].some((field) => field in body);
}

async function ordered(body: JsonObject, deps: MintDeps, line: LogLine): Promise<Response> {
  const right = await deps.rights.ofOrder(orderIn(body));
  if (right.reason === "waits") {
    line.outcome = "waits";
    return Response.json(waiting(body, right), { status: 202, headers: NO_STORE });
  }
  const lifetime = right.endsAt === null ? SERVERS_LIFETIME : null;
  const minted = await minting(right, lifetime, deps);
  line.outcome = "minted";
  return Response.json({ ...answerOf(minted), ...oldNames(body, minted) }, { headers: NO_STORE });
}

async function granted(
  request: Request,
  body: JsonObject,
  deps: MintDeps,
  line: LogLine,
): Promise<Response> {
  const { id } = await deps.memberOf(request);
  const right = await deps.rights.ofMember(id, moduleIn(body, "module"));
  const minted = await minting(right, MEMBERS_LIFETIME, deps);
  line.outcome = "minted";
  return Response.json(answerOf(minted), { headers: NO_STORE });
}

async function minting(
  right: TokenRight,
  lifetime: number | null,
  { signer, signLegacy, issuer, now = Date.now }: MintDeps,
): Promise<Minted> {
  const claims = claimsOf(right, lifetime, Math.floor(now() / 1_000));
  const token = right.alg === "HS256"
    ? await signLegacy(claims, issuer, right)
    : await signModuleToken(signer, issuer, claims, right);
  return { token, claims, right };
}

/**
 * The claims of the token. `lifetime` is in seconds; null: as long as the right itself. Throws the reason
 * if there is no right.
 */
function claimsOf(right: TokenRight, lifetime: number | null, issuedAt: number): LegacyClaims {
  const { reason, userId, tokenId, module, moduleId, endsAt } = right;
  if (reason !== null) throw refusalOf(reason);
  if (userId === null || tokenId === null || module === null || moduleId === null) {
    throw new Refusal("internal", { reason: "unexpected_answer" });
  }
  const end = Math.floor((endsAt ?? Infinity) / 1_000);
  const expiresAt = Math.min(end, issuedAt + (lifetime ?? Infinity));
  return { userId, tokenId, module, moduleId, issuedAt, expiresAt };
}

const SEND_INSTEAD = "send the user's uuid (the id in auth.users) or their address";

function refusalOf(reason: string): Refusal {
  switch (reason) {
    case "no_such_module":
      return new Refusal("no_such_module");
    case "no_such_user": {
      const detail = `No row of the old database has this id: ${SEND_INSTEAD}. ` +
        "If its rows are not copied yet, run Sesame's command backfill first.";
      return new Refusal("no_such_user", { reason, members: { reason, detail } });
    }
    case "ambiguous_user": {
      const detail = `Rows of several users have this id: ${SEND_INSTEAD}.`;
      return new Refusal("no_such_user", { reason, members: { reason, detail } });
    }
    default:
      return new Refusal("no_access", { reason, members: { reason } });
  }
}

function answerOf({ token, claims, right }: Minted): JsonObject {
  return termsOf(token, claims.expiresAt * 1_000, right);
}

function termsOf(token: string | null, end: number | null, right: TokenRight): JsonObject {
  return {
    token,
    module: right.module,
    expires_at: isoTime(end),
    access_expires_at: isoTime(right.endsAt),
    access_level: right.accessLevel,
    max_usage: right.maxUsage,
    uses_left: right.usesLeft,
  };
}

/** The right exists, but its user does not yet. */
function waiting(body: JsonObject, right: TokenRight): JsonObject {
  return {
    ...termsOf(null, null, right),
    ...oldNames(body, { token: null, claims: null, right }),
    waits: true,
    detail:
      "There is no user for this userId yet. Its owner must verify an address; an old id needs a user in " +
      "access_tokens.created_by. Then call again with the same paymentId.",
  };
}
