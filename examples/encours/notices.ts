import { byId } from "./html.ts";

/** Long enough to be read, in milliseconds; what matters stands on the cards too. */
const IN_PASSING = 12_000;

let passing: ReturnType<typeof setTimeout> | undefined;

/** Says something in passing; screen readers read it when they have a moment. */
export function notice(text: string): void {
  byId("notice").textContent = text;
  clearTimeout(passing);
  passing = setTimeout(() => byId("notice").textContent = "", IN_PASSING);
}

/** Says that something went wrong; screen readers read it at once. Empty: it is mended. */
export function alarm(text: string): void {
  byId("alert").textContent = text;
}
