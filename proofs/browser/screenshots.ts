/** The screens on which a page is tested: light and dark, desktop and small phone, both languages. */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { faultsOf } from "./accessible.ts";

/** All screens; `height` is the height of the desktop, in pixels. */
export function screens(height: number) {
  const desktop = { width: 1000, height };
  const phone = { width: 320, height: 640 };
  return [
    { name: "light", colorScheme: "light", locale: "en-GB", viewport: desktop },
    { name: "dark", colorScheme: "dark", locale: "en-GB", viewport: desktop },
    { name: "phone_fr", colorScheme: "light", locale: "fr-FR", viewport: phone },
    { name: "phone_dark_fr", colorScheme: "dark", locale: "fr-FR", viewport: phone },
  ] as const;
}

/** Throws unless axe finds no serious fault and nothing is wider than the screen. */
export async function assertAccessible(page: Page, state: string): Promise<void> {
  // While it fades in, an element is half transparent, which axe reports as a lack of contrast.
  await page.evaluate("Promise.all(document.getAnimations().map((a) => a.finished))");
  assert.deepEqual(await faultsOf(page), [], state);
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  assert.equal(await page.evaluate(overflow), 0, `${state}: nothing is wider than the screen`);
}
