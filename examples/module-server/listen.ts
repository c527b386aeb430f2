/**
 * A server that hears when access opens and closes, instead of asking for it:
 *
 *     SESAME_WEBHOOK_SECRET=whsec_… deno run -A examples/module-server/listen.ts
 *
 * A message may come twice, so its id is remembered. docs/webhooks_out.md describes the messages.
 *
 * @module
 */

/** What a message says. */
export interface Message {
  type: "access.opened" | "access.changed" | "access.expiring" | "access.closed";
  timestamp: string;
  data: { user_id: string; module: string; is_active: boolean; expires_at: string | null };
}

/** Seconds by which the clock of the sender may differ. */
const TOLERANCE = 300;

/** Hands each message that is signed with this secret to `take`, once. */
export function listening(
  secret: string,
  take: (message: Message) => void,
): (request: Request) => Promise<Response> {
  const key = importKey(secret);
  const taken = new Set<string>(); // a real server keeps them in its database
  return async (request) => {
    const body = await request.text();
    const id = request.headers.get("webhook-id") ?? "";
    if (!await isSigned(request.headers, body, await key)) {
      return new Response(null, { status: 400 });
    }
    if (!taken.has(id)) take(JSON.parse(body));
    taken.add(id);
    return new Response(null, { status: 204 });
  };
}

function importKey(secret: string): Promise<CryptoKey> {
  const bytes = bytesOf(secret.replace(/^whsec_/, ""));
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [
    "verify",
  ]);
}

/** Whether one of the signatures is right and the message is not an old one, sent again by a stranger. */
async function isSigned(headers: Headers, body: string, key: CryptoKey): Promise<boolean> {
  const id = headers.get("webhook-id");
  const timestamp = headers.get("webhook-timestamp");
  if (!(Math.abs(Date.now() / 1_000 - Number(timestamp)) < TOLERANCE)) return false;
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  for (const signature of (headers.get("webhook-signature") ?? "").split(" ")) {
    const [, base64] = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(signature) ?? [];
    if (base64 === undefined) continue;
    if (await crypto.subtle.verify("HMAC", key, bytesOf(base64), signed)) return true;
  }
  return false;
}

function bytesOf(base64: string) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

if (import.meta.main) {
  // deno-lint-ignore no-console -- the example only shows what it hears
  const show = (message: Message) => console.log(message.type, message.data);
  Deno.serve(listening(Deno.env.get("SESAME_WEBHOOK_SECRET")!, show));
}
