import { isSame } from "../_shared/same_bytes.ts";
import { hex } from "../_shared/sha256.ts";
import { readHeader } from "./signature_header.ts";

/** Whether one of our secrets signed these bytes, at the time that the header names. */
export type IsSigned = (body: Uint8Array, header: string) => Promise<boolean>;

/** The secrets become keys once, at the first delivery. */
export function signedWith(secrets: readonly string[]): IsSigned {
  let keys: Promise<CryptoKey[]> | null = null;
  return async (body, header) => {
    const said = readHeader(header);
    if (said === null || body.length === 0) return false; // Stripe's library refuses an empty body too
    const content = signedContent(said.time, body);
    const given = said.signatures.map(encoded);
    for (const key of await (keys ??= keysOf(secrets))) {
      // One HMAC for all signatures. `subtle.verify` would make one for each, and a header has room for
      // hundreds of them.
      const made = await signature(key, content);
      if (given.some((one) => isSame(one, made))) return true;
    }
    return false;
  };
}

/** A blank secret is no secret: anyone can sign with it. */
function keysOf(secrets: readonly string[]): Promise<CryptoKey[]> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return Promise.all(
    secrets.filter((secret) => secret.trim() !== "").map((secret) =>
      crypto.subtle.importKey("raw", encoded(secret), algorithm, false, ["sign"])
    ),
  );
}

function signedContent(time: number, body: Uint8Array): BufferSource {
  const head = encoded(`${time}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  return content;
}

/** In hexadecimal, as Stripe writes it. */
async function signature(key: CryptoKey, content: BufferSource): Promise<Uint8Array> {
  return encoded(hex(new Uint8Array(await crypto.subtle.sign("HMAC", key, content))));
}

// The type is inferred, because in Deno 2.1 arrays of bytes have no type parameter.
function encoded(text: string) {
  return new TextEncoder().encode(text);
}
