/** The actions of a member on the page, by name. */

import type { Locator, Page } from "playwright-core";
import type { Stage } from "../e2e/stage.ts";

export const PASSWORD = "open sesame";

let members = 0;

/** An unused address. */
export function newAddress(): string {
  return `member-${++members}@example.com`;
}

export function addressOf({ stack }: Stage): string {
  return `${stack.apiUrl}/encours`;
}

/** Opens the page and creates an account there; returns its id. */
export async function signUp(page: Page, stage: Stage, email = newAddress()): Promise<string> {
  await page.goto(addressOf(stage));
  await enter(page, email, PASSWORD, "up");
  await cardOf(page, "whisper").waitFor();
  const [user] = await stage.sql`select id from auth.users where email = ${email}`;
  return user?.id;
}

/** Fills the form in and presses one of its buttons. */
export async function enter(
  page: Page,
  email: string,
  password: string,
  way: "in" | "up",
): Promise<void> {
  await page.locator("#email").fill(email);
  await page.locator("#password").fill(password);
  await page.locator(`button[value=${way}]`).click();
}

/** A module on the page, optionally in a given state. */
export function cardOf(page: Page, slug: string, status?: string): Locator {
  const state = status === undefined ? "" : `[data-status=${status}]`;
  return page.locator(`[data-module=${slug}]${state}`);
}

export function buttonOf(page: Page, slug: string, action: string): Locator {
  return cardOf(page, slug).locator(`[data-action=${action}]`);
}

/** The sentence with the state of a module. */
export async function stateOf(page: Page, slug: string): Promise<string | null> {
  return await cardOf(page, slug).locator(".state").textContent();
}

/** Marks the page. A reload would remove the mark. */
export async function markPage(page: Page): Promise<void> {
  await page.evaluate("window.isTheSamePage = true");
}

export async function isSamePage(page: Page): Promise<boolean> {
  return await page.evaluate("window.isTheSamePage === true");
}
