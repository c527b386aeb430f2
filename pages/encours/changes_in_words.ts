import type { Module } from "./modules.ts";
import type { Words } from "./words/words.ts";

/** Says which modules opened or closed between two readings; empty if none did. */
export function changesInWords(before: Module[], after: Module[], words: Words): string {
  const wasOpen = openSlugs(before);
  const isOpen = openSlugs(after);
  return after
    .filter(({ slug }) => isOpen.has(slug) !== wasOpen.has(slug))
    .map(({ slug, title }) => isOpen.has(slug) ? words.hasOpened(title) : words.hasClosed(title))
    .join(" ");
}

function openSlugs(modules: Module[]): Set<string> {
  const open = modules.filter(({ holding }) => holding?.status === "active");
  return new Set(open.map(({ slug }) => slug));
}
