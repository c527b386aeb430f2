/** Compares in constant time, so that the time reveals nothing about a secret. The length is no secret. */
export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  return one.reduce((difference, byte, place) => difference | byte ^ (other[place] ?? 0), 0) === 0;
}
