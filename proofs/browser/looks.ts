/** How a page is looked at: light and dark, on a desk and on a small phone, in both languages. */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { faultsOf } from "./accessible.ts";

/** Each look, with a desk so many pixels high. */
export function looksAt(height: number) {
  const desk = { width: 1000, height };
  const phone = { width: 320, height: 640 };
  return [
    { name: "light", colorScheme: "light", locale: "en-GB", viewport: desk },
    { name: "dark", colorScheme: "dark", locale: "en-GB", viewport: desk },
    { name: "phone_fr", colorScheme: "light", locale: "fr-FR", viewport: phone },
    { name: "phone_dark_fr", colorScheme: "dark", locale: "fr-FR", viewport: phone },
  ] as const;
}

export async function assertFine(page: Page, state: string): Promise<void> {
  // What fades in is half transparent, which axe would take for a lack of contrast.
  await page.evaluate("Promise.all(document.getAnimations().map((a) => a.finished))");
  assert.deepEqual(await faultsOf(page), [], state);
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  assert.equal(await page.evaluate(overflow), 0, `${state}: nothing is wider than the screen`);
}
