/** Headless Chromium for the tests of the page: one browser a test file, one visitor a test. */

import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { exists } from "../../local/testing.ts";

/** Where Debian's package puts it; `CHROMIUM` names another one. */
const CHROMIUM = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";

const FLAGS = [
  "--no-sandbox", // continuous integration runs as root
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const SCREENSHOTS = new URL("../../supabase/.temp/screenshots/", import.meta.url);

/** Runs in every page, so that no test has to check for violations. */
const TELL_VIOLATIONS = `document.addEventListener("securitypolicyviolation", (violation) =>
  window.reportViolation(violation.effectiveDirective + " " + violation.blockedURI));`;

/** A new browser context, with nothing stored in it. */
export interface Visitor extends AsyncDisposable {
  page: Page;
  /** The errors of the page's own script. */
  errors: string[];
  /** Violations of the page's Content-Security-Policy. None may be left at the end. */
  violations: string[];
  /** Stores a screenshot under this name. */
  keep(name: string): Promise<void>;
}

/** Starts Chromium; it ends after the last test of the file. */
export async function openBrowser(): Promise<Browser> {
  if (!await exists(CHROMIUM)) {
    throw new Error(
      `no Chromium at ${CHROMIUM}: apt-get install chromium, or name yours in the variable CHROMIUM`,
    );
  }
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  Deno.test.afterAll(() => browser.close());
  return browser;
}

/** Opens a visitor; by default with British English, in light colours, on a desktop. */
export async function visit(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    locale: "en-GB",
    timezoneId: "Europe/London",
    viewport: { width: 1000, height: 860 },
    ...options,
  });
  context.setDefaultTimeout(20_000);
  const violations: string[] = [];
  await context.exposeFunction(
    "reportViolation",
    (violation: string) => violations.push(violation),
  );
  await context.addInitScript(TELL_VIOLATIONS);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  return {
    page,
    errors,
    violations,
    async keep(name) {
      await page.screenshot({
        path: fileURLToPath(new URL(`${name}.png`, SCREENSHOTS)),
        animations: "disabled",
      });
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      if (violations.length > 0) throw new Error(`the page violated its policy: ${violations}`);
    },
  };
}
