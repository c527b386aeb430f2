/** A moment in Unix milliseconds as ISO 8601 has it; null, where there is none. */
export function isoTime(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
