import { byId } from "./html.ts";

/** Long enough to be read, in milliseconds; what matters stands on the cards too. */
const IN_PASSING = 12_000;

let passing: ReturnType<typeof setTimeout> | undefined;

/** Says something in passing, after what is still being said; screen readers read it in a pause. */
export function notice(text: string): void {
  const saying = byId("notice").textContent ?? "";
  byId("notice").textContent = `${saying} ${text}`.trim();
  clearTimeout(passing);
  passing = setTimeout(() => byId("notice").textContent = "", IN_PASSING);
}

/** Says that something went wrong; screen readers read it at once. Empty: it is mended. */
export function alarm(text: string): void {
  byId("alert").textContent = text;
}

/** Whatever was said concerns nobody any more. */
export function hush(): void {
  byId("notice").textContent = "";
  alarm("");
}
