import { h } from "./html.ts";

/** Shows a dialog over the page; the browser keeps the focus in it and closes it on Escape. */
export function showDialog(title: string, ...content: HTMLElement[]): HTMLDialogElement {
  const dialog = h("dialog", {}, h("h2", { id: "dialog-title" }, title), ...content);
  dialog.setAttribute("aria-labelledby", "dialog-title");
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Closes and removes all dialogs at once: a tab in the background gets their close events late. */
export function closeDialogs(): void {
  document.querySelectorAll("dialog").forEach((dialog) => {
    dialog.close();
    dialog.remove();
  });
}

/** A button that closes its dialog with this answer. */
export function closeButton(text: string, answer = ""): HTMLButtonElement {
  const button = h("button", { type: "button" }, text);
  button.addEventListener("click", () => button.closest("dialog")?.close(answer));
  return button;
}
