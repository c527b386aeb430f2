/** A time in Unix milliseconds, as ISO 8601; null stays null. */
export function isoTime(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
