/** The appearances of a page: light and dark, on a desktop and a small phone, in both languages. */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { faultsOf } from "./accessible.ts";

/** All appearances; the desktop is so many pixels high. */
export function appearances(height: number) {
  const desk = { width: 1000, height };
  const phone = { width: 320, height: 640 };
  return [
    { name: "light", colorScheme: "light", locale: "en-GB", viewport: desk },
    { name: "dark", colorScheme: "dark", locale: "en-GB", viewport: desk },
    { name: "phone_fr", colorScheme: "light", locale: "fr-FR", viewport: phone },
    { name: "phone_dark_fr", colorScheme: "dark", locale: "fr-FR", viewport: phone },
  ] as const;
}

export async function assertAccessible(page: Page, state: string): Promise<void> {
  // An element that fades in is half transparent, and axe would report its contrast.
  await page.evaluate("Promise.all(document.getAnimations().map((a) => a.finished))");
  assert.deepEqual(await faultsOf(page), [], state);
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  assert.equal(await page.evaluate(overflow), 0, `${state}: nothing is wider than the screen`);
}
