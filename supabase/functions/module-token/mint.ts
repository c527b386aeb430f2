import type { JsonObject } from "../_shared/facts/json.ts";
import { jsonBody } from "../_shared/json_body.ts";
import type { WhoIs } from "../_shared/members.ts";
import { type Handler, Refusal } from "../_shared/problem.ts";
import type { HasSecretKey } from "../_shared/secret_key.ts";
import { moduleIn, orderIn } from "./fields.ts";
import { isoTime } from "./iso_time.ts";
import type { RingKey } from "./key_ring.ts";
import type { Claims } from "./module_token.ts";
import type { Rights, TokenRight } from "./rights.ts";
import { signModuleToken } from "./sign.ts";

/** All that minting knows of the outside. */
export interface Mint {
  whoIs: WhoIs;
  hasSecretKey: HasSecretKey;
  rights: Rights;
  signer: RingKey;
  issuer: string;
  /** Unix milliseconds. */
  now?: () => number;
}

/** How long a token lasts at most, in seconds; an access's own end comes before it. */
const MEMBERS_LIFETIME = 5 * 60;

/** A server's, where what it ordered has no end: it asks again with the same `paymentId`. */
const SERVERS_LIFETIME = 24 * 60 * 60;

/** What somebody may have a token for. */
interface Grant {
  userId: string;
  right: TokenRight;
  /** Seconds; null: as long as the right itself. */
  lifetime: number | null;
}

/** Gives a module token to a member who has access, or to a server that orders one for a user. */
export function mint({ now = Date.now, ...world }: Mint): Handler {
  return async (request, line) => {
    const body = await jsonBody(request);
    const isServer = await mayOrder(request, world.hasSecretKey);
    const grant = isServer ? await ordered(body, world) : await granted(request, body, world);
    const { signer, issuer } = world;
    const claims = claimsOf(grant, Math.floor(now() / 1_000));
    const token = await signModuleToken(signer, issuer, claims, grant.right);
    line.outcome = "minted";
    return Response.json(answerOf(token, claims, grant.right), {
      headers: { "cache-control": "no-store" },
    });
  };
}

/** Who means to be a server is not told to sign in. */
async function mayOrder(request: Request, hasSecretKey: HasSecretKey): Promise<boolean> {
  if (await hasSecretKey(request)) return true;
  if (!request.headers.get("apikey")?.startsWith("sb_secret_")) return false;
  throw new Refusal("secret_key_needed");
}

async function ordered(body: JsonObject, { rights }: Pick<Mint, "rights">): Promise<Grant> {
  const order = orderIn(body);
  const right = await rights.ofOrder(order);
  return { userId: order.userId, right, lifetime: right.endsAt === null ? SERVERS_LIFETIME : null };
}

async function granted(
  request: Request,
  body: JsonObject,
  { whoIs, rights }: Pick<Mint, "whoIs" | "rights">,
): Promise<Grant> {
  const { id } = await whoIs(request);
  const right = await rights.ofMember(id, moduleIn(body, "module"));
  return { userId: id, right, lifetime: MEMBERS_LIFETIME };
}

/** What the token is to say. Throws where there is no right that it could stand for. */
function claimsOf({ userId, right, lifetime }: Grant, issuedAt: number): Claims {
  const { reason, tokenId, module, endsAt } = right;
  if (reason === "no_such_module") throw new Refusal("no_such_module");
  if (reason !== null) throw new Refusal("no_access", { reason, members: { reason } });
  if (tokenId === null || module === null) {
    throw new Refusal("internal", { reason: "unexpected_answer" });
  }
  const end = Math.floor((endsAt ?? Infinity) / 1_000);
  const expiresAt = Math.min(end, issuedAt + (lifetime ?? Infinity));
  return { userId, tokenId, module, issuedAt, expiresAt };
}

function answerOf(token: string, { module, expiresAt }: Claims, right: TokenRight): JsonObject {
  return {
    token,
    module,
    expires_at: isoTime(expiresAt * 1_000),
    access_expires_at: isoTime(right.endsAt),
    access_level: right.accessLevel,
    max_usage: right.maxUsage,
    uses_left: right.usesLeft,
  };
}
