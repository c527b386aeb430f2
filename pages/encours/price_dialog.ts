import { closeButton, showDialog } from "../kit/dialog.ts";
import { h } from "../kit/html.ts";
import { amountInWords } from "./words/amounts.ts";
import { durationInWords, spanInWords } from "./words/durations.ts";
import type { Words } from "./words/words.ts";

/** What is paid, and how often. */
export interface Payment {
  /** In the smallest unit of the currency; null: it depends on the usage. */
  amount: number | null;
  currency: string;
  /** Null: paid once. */
  interval: string | null;
  /** Paid every so many of these. */
  interval_count: number;
}

/** One way to pay for a module. */
export interface Choice extends Payment {
  price: string;
  /** The free days with which this member's subscription begins; null: none. */
  trial_days: number | null;
  /** What it opens; null: no end, or as long as the subscription is paid. */
  modules: { title: string; access_duration: string | null }[];
}

/** Lets the member choose; resolves to the price, or to null if they close the dialog. */
export function choosePrice(
  title: string,
  choices: Choice[],
  words: Words,
): Promise<string | null> {
  const buttons = choices.map((choice) => {
    const button = closeButton(termsInWords(choice, words), choice.price);
    button.append(h("span", { className: "quiet" }, contentInWords(choice, words)));
    return button;
  });
  const dialog = showDialog(
    words.choose(title),
    h("div", { className: "choices" }, ...buttons),
    h("div", { className: "actions" }, closeButton(words.close)),
  );
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue || null));
  });
}

/** "Free for 14 days, then €9.00 per month". */
export function termsInWords(choice: Choice, words: Words): string {
  const payment = paymentInWords(choice, words);
  if (typeof choice.trial_days !== "number") return payment; // functions of 0.2.0 do not say
  return words.afterTrial(spanInWords(choice.trial_days, "day", words.language), payment);
}

/** "€9.00 per month", "€24.00 every 3 months". */
export function paymentInWords(payment: Payment, words: Words): string {
  const { amount, currency, interval, interval_count } = payment;
  const price = amount === null ? words.byUse : amountInWords(amount, currency, words.language);
  if (interval === null) return price;
  if (interval_count === 1) return words.each(price, words.periods[interval] ?? interval);
  return words.every(price, spanInWords(interval_count, interval, words.language), interval);
}

/** "StableDiffusion and Whisper", "StableDiffusion, for 1 day". */
export function contentInWords({ modules, interval }: Choice, words: Words): string {
  const titles = modules.map(({ title, access_duration }) => {
    if (interval !== null) return title;
    if (access_duration === null) return words.forGood(title);
    return words.lasting(title, durationInWords(access_duration, words.language));
  });
  return new Intl.ListFormat(words.language).format(titles);
}
