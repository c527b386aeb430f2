/** Runs axe-core in the page. */

import axe from "axe-core";
import type { Page } from "playwright-core";

/** The serious and critical violations that axe finds: the rule and the element of each. */
export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations }: axe.AxeResults = await page.evaluate("axe.run(document)");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
}
