import type { Module } from "./modules.ts";

/** What has opened and what has closed between two looks. */
export function changes(before: Module[], after: Module[]): { opened: Module[]; closed: Module[] } {
  const wasOpen = openSlugs(before);
  const isOpen = openSlugs(after);
  return {
    opened: after.filter(({ slug }) => isOpen.has(slug) && !wasOpen.has(slug)),
    closed: after.filter(({ slug }) => wasOpen.has(slug) && !isOpen.has(slug)),
  };
}

function openSlugs(modules: Module[]): Set<string> {
  return new Set(modules.filter(({ holding }) => holding?.status === "active").map((m) => m.slug));
}
