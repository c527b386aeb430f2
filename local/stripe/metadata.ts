import type { Metadata } from "./objects.ts";

/** The stored metadata with the new values over it; a name with an empty value is removed. */
export function mergeMetadata(
  held: Metadata,
  said: { [name: string]: string | number | null } | "" | null | undefined,
): Metadata {
  if (said === null || said === "") return {};
  const merged = Object.entries({ ...held, ...said }).filter(([, value]) => value !== null);
  return Object.fromEntries(merged.map(([name, value]) => [name, String(value)]));
}
