import { closeButton, showDialog } from "./dialog.ts";
import { h } from "./html.ts";
import { amountInWords } from "./words/amounts.ts";
import type { Words } from "./words/words.ts";

/** One way to pay for a module. */
export interface Choice {
  price: string;
  /** In the smallest unit of the currency. */
  amount: number;
  currency: string;
  /** Null: paid once. */
  interval: string | null;
}

/** Has the member choose; answers the price, or null where he would rather not. */
export function choosePrice(
  title: string,
  choices: Choice[],
  words: Words,
): Promise<string | null> {
  const buttons = choices.map((choice) => closeButton(choiceInWords(choice, words), choice.price));
  const dialog = showDialog(
    words.choose(title),
    h("div", { className: "choices" }, ...buttons),
    h("div", { className: "actions" }, closeButton(words.close)),
  );
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue || null));
  });
}

function choiceInWords({ amount, currency, interval }: Choice, words: Words): string {
  const price = amountInWords(amount, currency, words.language);
  if (interval === null) return words.once(price);
  return words.each(price, words.periods[interval] ?? interval);
}
