import { h } from "./html.ts";

/** A button for one of the things that can be done with what is called `about`. */
export function actionButton<Action extends string>(
  action: Action,
  look: "primary" | "link" | "",
  words: Record<Action, string>,
  about: string,
  perform: () => Promise<void>,
): HTMLButtonElement {
  const button = h("button", { type: "button", className: look }, words[action]);
  button.dataset.action = action;
  // "Buy" alone says little to who hears the buttons one by one.
  button.setAttribute("aria-label", `${words[action]} – ${about}`);
  button.addEventListener("click", async () => {
    if (button.ariaBusy === "true") return; // the second half of a double click
    button.ariaBusy = "true";
    await perform();
    button.ariaBusy = "false";
  });
  return button;
}
