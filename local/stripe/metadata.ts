import type { Metadata } from "./objects.ts";

/** What is held with what is said now over it; a name whose value is taken away is gone. */
export function mergeMetadata(
  held: Metadata,
  said: { [name: string]: string | number | null } | "" | null | undefined,
): Metadata {
  if (said === null || said === "") return {};
  const merged = Object.entries({ ...held, ...said }).filter(([, value]) => value !== null);
  return Object.fromEntries(merged.map(([name, value]) => [name, String(value)]));
}
