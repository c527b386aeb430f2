/** The header `stripe-signature`, read as Stripe's own library reads it. */

/** How many seconds the signature's time may differ from ours. */
const TOLERANCE = 300;

/** An HMAC-SHA256 as Stripe writes it. */
const SIGNATURE = /^[0-9a-f]{64}$/;

export interface SignatureHeader {
  /** The time that is part of the signed content, in Unix seconds. */
  time: number;
  /** At least one. While a secret is rolled, Stripe signs with both. */
  signatures: string[];
}

/** The last `t` and every `v1` of a header; null: the header is not Stripe's. */
export function readHeader(header: string): SignatureHeader | null {
  let time = NaN;
  const signatures: string[] = [];
  for (const item of header.split(",")) {
    const [name, value] = item.split("=");
    if (name === "t") time = parseInt(value ?? "", 10);
    if (name !== "v1") continue;
    if (value === undefined) return null; // Stripe's library throws on it
    if (SIGNATURE.test(value)) signatures.push(value);
  }
  return time >= 0 && signatures.length > 0 ? { time, signatures } : null;
}

/**
 * Why no body can match this header; null: a body may match. `now` is in Unix milliseconds. It needs no
 * body, so that none is held for a hopeless header.
 */
export function mismatchOf(header: string, now: number): "malformed" | "out_of_time" | null {
  const said = readHeader(header);
  if (said === null) return "malformed";
  // Stripe's library limits the past only.
  return Math.abs(Math.floor(now / 1_000) - said.time) > TOLERANCE ? "out_of_time" : null;
}
