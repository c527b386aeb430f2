<<<<<<<< HEAD:proofs/browser/screenshots.ts
/** The screens on which a page is tested: light and dark, desktop and small phone, both languages. */
========
/** The appearances of a page: light and dark, on a desktop and a small phone, in both languages. */
>>>>>>>> refs/heads/proofs:proofs/browser/appearance.ts

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { faultsOf } from "./accessible.ts";

<<<<<<<< HEAD:proofs/browser/screenshots.ts
/** All screens; `height` is the desktop's, in pixels. */
export function screens(height: number) {
  const desktop = { width: 1000, height };
========
/** All appearances; the desktop is so many pixels high. */
export function appearances(height: number) {
  const desk = { width: 1000, height };
>>>>>>>> refs/heads/proofs:proofs/browser/appearance.ts
  const phone = { width: 320, height: 640 };
  return [
    { name: "light", colorScheme: "light", locale: "en-GB", viewport: desktop },
    { name: "dark", colorScheme: "dark", locale: "en-GB", viewport: desktop },
    { name: "phone_fr", colorScheme: "light", locale: "fr-FR", viewport: phone },
    { name: "phone_dark_fr", colorScheme: "dark", locale: "fr-FR", viewport: phone },
  ] as const;
}

<<<<<<<< HEAD:proofs/browser/screenshots.ts
/** Throws unless axe finds no serious fault and nothing is wider than the screen. */
export async function assertAccessible(page: Page, state: string): Promise<void> {
  // While it fades in, an element is half transparent, which axe reports as a lack of contrast.
========
export async function assertAccessible(page: Page, state: string): Promise<void> {
  // An element that fades in is half transparent, and axe would report its contrast.
>>>>>>>> refs/heads/proofs:proofs/browser/appearance.ts
  await page.evaluate("Promise.all(document.getAnimations().map((a) => a.finished))");
  assert.deepEqual(await faultsOf(page), [], state);
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  assert.equal(await page.evaluate(overflow), 0, `${state}: nothing is wider than the screen`);
}
