/**
 * Stripe's own library is the oracle: `verifying()` gives its verdict on generated deliveries, except
 * where it is stricter on purpose. `DELIVERIES=100000` and `SEED` change the run.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import Stripe from "stripe";
import { Refusal } from "../../supabase/functions/_shared/problem.ts";
import { BadSignature } from "../../supabase/functions/stripe-webhook/bad_signature.ts";
import { eventBody } from "../../supabase/functions/stripe-webhook/testing.ts";
import { decoded, verifying } from "../../supabase/functions/stripe-webhook/verify.ts";

const DELIVERIES = Number(Deno.env.get("DELIVERIES") ?? 10_000);
const SEED = Number(Deno.env.get("SEED") ?? Date.now() % 1_000_000_000);

const NOW = 1_760_000_000; // Unix seconds
const TOLERANCE = 300;
const SECRETS = ["whsec_old", "whsec_ada"];

interface Delivery {
  body: Uint8Array;
  header: string;
  now: number;
}

type Verdict = "accepted" | "not_json" | "malformed" | "out_of_time" | "no_match";

/** Most are near a limit of the tolerance. */
const times = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(-301, -300, -299, 0, 299, 300, 301).map((s) => NOW - s) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, NOW * 1_000, 2 ** 53) },
);

const bodies = fc.oneof(
  { weight: 4, arbitrary: fc.constant(eventBody()) },
  fc.string({ unit: "binary" }).map((name) => eventBody({ name })),
  fc.constantFrom("", " ", "{", "null", "\0", "\ufeff{}", eventBody({ name: "\0\ufffd😀" })),
  fc.constant(JSON.stringify({ id: "evt_2", object: "v2.core.event" })),
).map((text) => new TextEncoder().encode(text));

/** How the sent body may differ from the signed one. */
const changes: fc.Arbitrary<(body: Uint8Array) => Uint8Array> = fc.oneof(
  { weight: 8, arbitrary: fc.constant((body: Uint8Array) => body) },
  fc.constantFrom<number[]>([0], [0x0a], [0xff], [0xc3]).map((more) => (body: Uint8Array) =>
    Uint8Array.of(...body, ...more)
  ),
  fc.constant((body: Uint8Array) => Uint8Array.of(0xef, 0xbb, 0xbf, ...body)),
  fc.constant((body: Uint8Array) => body.subarray(1)),
);

/** A part of the header, made of the time and the signature that would be right. */
type Part = (time: string, signature: string) => string;

const strangeTimes = fc.constantFrom<Part>(
  (time) => ` t=${time}`,
  (time) => `t= ${time}`,
  (time) => `t =${time}`,
  (time) => `t=${time}.9`,
  (time) => `t=${time}x=1`,
  (time) => `t=0${time}`,
  (time) => `T=${time}`,
  (time) => `t=-${time}`,
  () => "t=-1",
  () => "t=",
  () => "t",
  () => "t=x",
  () => `t=${NOW}`,
);

const strangeSignatures = fc.constantFrom<Part>(
  (_, signature) => ` v1=${signature}`,
  (_, signature) => `v1= ${signature}`,
  (_, signature) => `v1 =${signature}`,
  (_, signature) => `v1=${signature}=x`,
  (_, signature) => `v1=${signature.toUpperCase()}`,
  (_, signature) => `v1=${signature.slice(0, 32)}${signature.slice(32).toUpperCase()}`,
  (_, signature) => `v1=${signature.slice(0, -1)}`,
  (_, signature) => `v1=${signature}0`,
  (_, signature) => `v1=${signature.replace(/.$/, (last) => last === "0" ? "1" : "0")}`,
  (_, signature) => `v0=${signature}`,
  (_, signature) => `V1=${signature}`,
  (_, signature) => `v2=${signature}`,
  () => "v1=",
  () => "v1",
  () => `v1=${"0".repeat(64)}`,
  () => `v1=${"é".repeat(64)}`,
);

const noise = fc.oneof(
  fc.constantFrom<Part>(() => "", () => "=", () => "\u0000", () => "x".repeat(20_000)),
  fc.string({ maxLength: 20 }).map((text): Part => () => text),
  fc.nat(300).map((times): Part => () => Array(times).fill(`v1=${"a".repeat(64)}`).join(",")),
);

const right: Part[] = [(time) => `t=${time}`, (_, signature) => `v1=${signature}`];

const parts = fc.oneof(
  { weight: 6, arbitrary: fc.constant(right) },
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.subarray(right),
      fc.array(fc.oneof(strangeTimes, strangeSignatures, noise), { maxLength: 3 }),
    ).chain(([good, strange]) => shuffled([...good, ...strange])),
  },
);

function shuffled<Item>(items: Item[]): fc.Arbitrary<Item[]> {
  return fc.shuffledSubarray(items, { minLength: items.length });
}

const draws = fc.record({
  signed: bodies,
  change: changes,
  secret: fc.constantFrom(...SECRETS, ...SECRETS, "whsec_eve", "whsec_ada "),
  time: fc.oneof(times.map(String), fc.constant("NaN")),
  parts,
  comma: fc.constantFrom(",", ",", ",", ", ", ",,"),
  milliseconds: fc.constantFrom(0, 1, 999),
});

type Draw = typeof draws extends fc.Arbitrary<infer Drawn> ? Drawn : never;

async function deliveryOf(draw: Draw): Promise<Delivery> {
  const { signed, change, secret, time, parts, comma, milliseconds } = draw;
  const content = `${time}.${decoded(signed)}`;
  const signature = await provider.computeHMACSignatureAsync(content, secret);
  const header = parts.map((part) => part(time, signature)).join(comma);
  return { body: change(signed), header, now: NOW * 1_000 + milliseconds };
}

const provider = Stripe.createSubtleCryptoProvider();

/** What Stripe's library says with this secret: the text of its refusal; null: it accepts. */
async function stripesRefusal({ header, now }: Delivery, text: string, secret: string) {
  try {
    const { signature } = Stripe.webhooks;
    await signature?.verifyHeaderAsync(text, header, secret, TOLERANCE, undefined, now);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Stripe's verdict, and where we are stricter on purpose. */
async function expected(delivery: Delivery): Promise<(verdict: Verdict) => boolean> {
  const text = decoded(delivery.body);
  // Stripe's library replaces invalid bytes, so that a changed body could match.
  if (text === null) return (verdict) => verdict === "no_match";
  const refusals = await Promise.all(
    SECRETS.map((secret) => stripesRefusal(delivery, text, secret)),
  );
  if (refusals.includes(null)) return acceptable(delivery, text);
  if (refusals.some((text) => /tolerance zone/.test(text ?? ""))) {
    return (verdict) => verdict === "out_of_time";
  }
  if (refusals.some((text) => /^Unable to extract|^No signatures found with/.test(text ?? ""))) {
    return (verdict) => verdict === "malformed";
  }
  return (verdict) => ["no_match", "out_of_time", "malformed"].includes(verdict);
}

function acceptable({ header, now }: Delivery, text: string): (verdict: Verdict) => boolean {
  const time = lastTime(header);
  // Stripe's library takes "no number" for a time, and limits the past only.
  if (!(time >= 0)) return (verdict) => verdict === "malformed";
  if (time - Math.floor(now / 1_000) > TOLERANCE) return (verdict) => verdict === "out_of_time";
  return (verdict) => verdict === (isJson(text) ? "accepted" : "not_json");
}

function lastTime(header: string): number {
  const times = header.split(",").map((item) => item.split("=")).filter(([name]) => name === "t");
  return parseInt(times.at(-1)?.[1] ?? "", 10);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const verify = verifying(SECRETS);

async function verdictOf({ body, header, now }: Delivery): Promise<Verdict> {
  try {
    const { text, event } = await verify(body, header, now);
    assert.deepEqual(new TextEncoder().encode(text), body);
    assert.deepEqual(event, JSON.parse(text));
    return "accepted";
  } catch (error) {
    if (error instanceof BadSignature) return error.mismatch;
    if (error instanceof Refusal && error.code === "not_json") return "not_json";
    throw error;
  }
}

Deno.test(`${DELIVERIES} generated deliveries get the verdict of Stripe's library (seed ${SEED})`, async () => {
  const seen = new Map<Verdict, number>();
  const property = fc.asyncProperty(draws, async (draw) => {
    const delivery = await deliveryOf(draw);
    const verdict = await verdictOf(delivery);
    seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
    const isExpected = await expected(delivery);
    assert.ok(isExpected(verdict), `${verdict}: ${JSON.stringify(delivery.header)}`);
  });
  await fc.assert(property, { numRuns: DELIVERIES, seed: SEED });
  for (const verdict of ["accepted", "not_json", "malformed", "out_of_time", "no_match"] as const) {
    assert.ok((seen.get(verdict) ?? 0) > DELIVERIES / 200, `${verdict}: ${seen.get(verdict)}`);
  }
});
