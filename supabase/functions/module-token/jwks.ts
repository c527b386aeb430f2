import type { Handler } from "../_shared/problem.ts";
import { hex, sha256 } from "../_shared/sha256.ts";
import type { KeyRing } from "./key_ring.ts";

/** Publishes the public keys. Servers that verify offline may keep them for five minutes. */
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
  return `"${hex((await sha256(text)).subarray(0, 16))}"`;
}
