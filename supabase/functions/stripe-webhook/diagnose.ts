import { type JsonObject, parsed, record } from "../_shared/facts/json.ts";
import type { Cause, Mismatch } from "./bad_signature.ts";
import { type IsSigned, signedWith } from "./signed_with.ts";
import { decoded } from "./verify.ts";

/** The probable cause of the refusal; null: unknown. */
export type Diagnose = (body: Uint8Array, header: string) => Promise<Cause | null>;

/** Examines a refused delivery; null: a similar one was examined a moment ago. */
export type Diagnosing = (mismatch: Mismatch) => Diagnose | null;

/** Our secrets and our mode. */
export interface Known {
  secrets: readonly string[];
  livemode: boolean;
}

/** Milliseconds before the next delivery of a kind is examined, so that a flood costs little. */
const PAUSE = 5_000;

/** The largest body that is examined, in bytes. Most of Stripe's have a few thousand. */
const LARGEST = 65_536;

/** One delivery of each kind in each pause. */
export function diagnosing(known: Known, pause = PAUSE): Diagnosing {
  const restsUntil = new Map<Mismatch, number>();
  const isOurs = signedWith(known.secrets);
  return (mismatch) => {
    const now = performance.now();
    if (mismatch === "malformed" || now < (restsUntil.get(mismatch) ?? 0)) return null;
    restsUntil.set(mismatch, now + pause);
    return async (body, header) => {
      if (body.length > LARGEST) return null;
      return mismatch === "out_of_time"
        ? await isOurs(body, header) ? "clock" : null
        : await whyNoMatch(body, header, known, isOurs);
    };
  };
}

async function whyNoMatch(
  body: Uint8Array,
  header: string,
  known: Known,
  isOurs: IsSigned,
): Promise<Cause> {
  const text = decoded(body);
  const event = text === null ? null : record(parsed(text));
  if (text === null || event === null) return "body_changed"; // Stripe signs nothing but JSON objects
  for (const sent of otherWritings(text, event)) {
    if (await isOurs(new TextEncoder().encode(sent), header)) return "body_changed";
  }
  return secretKind(event, known);
}

/** The bodies that Stripe may have sent, if a proxy reformatted them. */
function otherWritings(text: string, event: JsonObject): Set<string> {
  const unixLines = text.replaceAll("\r\n", "\n");
  const writings = [
    JSON.stringify(event, null, 2),
    JSON.stringify(event),
    unixLines,
    text.trim(),
    `${text}\n`,
  ];
  return new Set(writings.filter((writing) => writing !== text));
}

/** The cause from the body's own fields. The body is not verified, so the cause is only probable. */
function secretKind({ object, account, livemode }: JsonObject, known: Known): Cause {
  if (typeof livemode === "boolean" && livemode !== known.livemode) return "other_mode_secret";
  if (object === "v2.core.event") return "thin_secret";
  return typeof account === "string" ? "connect_secret" : "wrong_secret";
}
