/** The check of the hosted gateway before it forwards a request to a function. */

/** Whether `token` is a JWT signed with this secret (HS256) that has not expired. */
export async function isValidJwt(
  token: string,
  jwtSecret: string,
  now = Date.now(),
): Promise<boolean> {
  try {
    const [header = "", payload = "", signature = ""] = token.split(".");
    if (decode(header)?.alg !== "HS256") return false;
    const key = await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(jwtSecret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["verify"],
    );
    const signed = new TextEncoder().encode(`${header}.${payload}`);
    if (!await crypto.subtle.verify("HMAC", key, bytes(signature), signed)) return false;
    const exp = decode(payload)?.exp;
    return typeof exp === "number" && exp * 1000 > now;
  } catch (error) {
    if (error instanceof SyntaxError) return false; // neither base64 nor JSON: no JWT
    throw error;
  }
}

function decode(part: string): Record<string, unknown> | null {
  return JSON.parse(new TextDecoder().decode(bytes(part)));
}

function bytes(part: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(part, { alphabet: "base64url" });
}
