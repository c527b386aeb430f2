import { h } from "./html.ts";

/** A button for one action on the object named `about`. */
export function actionButton<Action extends string>(
  action: Action,
  style: "primary" | "link" | "",
  words: Record<Action, string>,
  about: string,
  perform: () => Promise<void>,
): HTMLButtonElement {
  const button = h("button", { type: "button", className: style }, words[action]);
  button.dataset.action = action;
  // A screen reader may read the buttons alone, where "Buy" does not say what.
  button.setAttribute("aria-label", `${words[action]} – ${about}`);
  button.addEventListener("click", async () => {
    if (button.ariaBusy === "true") return; // the second click of a double click
    button.ariaBusy = "true";
    await perform();
    button.ariaBusy = "false";
  });
  return button;
}
