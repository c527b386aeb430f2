import type { Handler } from "../_shared/problem.ts";
import type { KeyRing } from "./key_ring.ts";

/** Shows everybody the public keys. Who verifies offline keeps them for five minutes. */
export async function jwks(ring: Pick<KeyRing, "jwks">): Promise<Handler> {
  const body = JSON.stringify(ring.jwks);
  const headers = { "cache-control": "public, max-age=300", etag: await etagOf(body) };
  return (request) => {
    const known = request.headers.get("if-none-match")?.split(/\s*,\s*/) ?? [];
    const isKnown = known.some((tag) => tag.replace(/^W\//, "") === headers.etag);
    return Promise.resolve(
      isKnown ? new Response(null, { status: 304, headers }) : new Response(body, {
        headers: { ...headers, "content-type": "application/jwk-set+json" },
      }),
    );
  };
}

async function etagOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  return `"${hex.join("").slice(0, 32)}"`;
}
