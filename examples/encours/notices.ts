import { byId } from "./html.ts";

/** Says something in passing; screen readers read it when they have a moment. */
export function notice(text: string): void {
  byId("notice").textContent = text;
}

/** Says that something went wrong; screen readers read it at once. Empty: it is mended. */
export function alarm(text: string): void {
  byId("alert").textContent = text;
}
