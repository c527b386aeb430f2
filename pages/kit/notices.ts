import { byId } from "./html.ts";

/** How long a notice stays, in milliseconds. The cards show the same state. */
const SHOWN_FOR = 12_000;

let hiding: ReturnType<typeof setTimeout> | undefined;

/** Shows a message for a while, after those still shown. Screen readers read it in the next pause. */
export function notice(text: string): void {
  const shown = byId("notice").textContent ?? "";
  byId("notice").textContent = `${shown} ${text}`.trim();
  clearTimeout(hiding);
  hiding = setTimeout(() => byId("notice").textContent = "", SHOWN_FOR);
}

/** Shows an error, which screen readers read at once. Empty: removes it. */
export function showError(text: string): void {
  byId("alert").textContent = text;
}

/** Removes all messages. */
export function clearMessages(): void {
  byId("notice").textContent = "";
  showError("");
}
