import { Misconfigured, required, type Source } from "../_shared/env.ts";
import { type JsonObject, parsed, record } from "../_shared/facts/json.ts";

/** How a module token may be signed. */
export type Algorithm = "ES256" | "EdDSA";

/** A private signing key as JSON (RFC 7517). Other fields are ignored. */
export interface PrivateJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  /** Only of a P-256 key. */
  readonly y?: string;
  readonly d: string;
  readonly kid: string;
  readonly alg?: string;
  readonly [more: string]: unknown;
}

/** A kind of key: its type and curve, its numbers, and its algorithm. */
interface Kind {
  kty: string;
  crv: string;
  numbers: readonly string[];
  alg: Algorithm;
}

const KINDS: readonly Kind[] = [
  { kty: "EC", crv: "P-256", numbers: ["x", "y", "d"], alg: "ES256" },
  { kty: "OKP", crv: "Ed25519", numbers: ["x", "d"], alg: "EdDSA" },
];

const NAME = "MODULE_TOKEN_KEYS";
const FIX = "make the set with Sesame's command keys";

/** `MODULE_TOKEN_KEYS`: the private keys of module tokens, of which the first signs. */
export function moduleTokenKeys(source: Source): PrivateJwk[] {
  return readKeySet(required(source, NAME, FIX));
}

/** Reads a JWK set. Throws `Misconfigured` with all its faults. */
export function readKeySet(text: string): PrivateJwk[] {
  const keys = record(parsed(text))?.keys;
  const members = Array.isArray(keys) ? keys.map((member) => record(member) ?? {}) : [];
  if (members.length === 0) throwIfAny(['is not a JWK set with a key in it: {"keys":[…]}']);

  const kids = members.map(({ kid }) => kid);
  throwIfAny(members.flatMap((member, index) => {
    const fault = faultOf(member) ??
      (kids.indexOf(member.kid) < index ? "the kid of an earlier key" : null);
    return fault === null ? [] : [`has ${fault}, in key ${index + 1}`];
  }));
  return members as unknown as PrivateJwk[];
}

/** The algorithm of a key. Its curve decides. */
export function algorithmOf({ crv }: Pick<PrivateJwk, "crv">): Algorithm {
  return crv === "P-256" ? "ES256" : "EdDSA";
}

/** Throws the errors of the set with the variable's name and the fix, and never with a value. */
export function throwIfAny(faults: string[]): void {
  if (faults.length > 0) throw new Misconfigured(faults.map((what) => `${NAME} ${what}: ${FIX}`));
}

function faultOf(member: JsonObject): string | null {
  const kind = KINDS.find(({ kty, crv }) => kty === member.kty && crv === member.crv);
  if (kind === undefined) return "neither an EC key on P-256 nor an OKP key on Ed25519";
  if (!("d" in member)) return "the public half only";
  if (!kind.numbers.every((name) => isNumber(member[name]))) return "a number of the wrong length";
  if (member.alg !== undefined && member.alg !== kind.alg) {
    return "an alg that does not fit its curve";
  }
  return typeof member.kid === "string" && member.kid !== "" ? null : "no kid";
}

/** 32 bytes, as both curves need. */
function isNumber(value: unknown): boolean {
  return typeof value === "string" && /^[\w-]{43}$/.test(value);
}
