/** Stripe's test cards and accounts: how a payment with each of them ends. https://docs.stripe.com/testing */

/** `inquiry`: it is paid, and then the bank opens an inquiry. `later`: the money arrives days later. */
export type Ending = "paid" | "declined" | "inquiry" | "paid later" | "declined later";

/** By the suffix after `pm_card_` and `tok_`. */
const CARDS: Record<string, Ending> = {
  visa: "paid",
  mastercard: "paid",
  chargeCustomerFail: "declined", // only when it is charged: it can be attached to a customer
  chargeDeclined: "declined",
  visa_chargeDeclined: "declined",
  createDisputeInquiry: "inquiry",
};

/** By IBAN, for SEPA Direct Debit. */
const ACCOUNTS: Record<string, Ending> = {
  AT611904300234573201: "paid later",
  AT321904300235473204: "paid later",
  AT861904300235473202: "declined later",
  IT60X0542811101000000123456: "declined later",
};

/** Of `pm_card_visa` or `tok_visa`; null if there is no such card here. */
export function cardEnding(id: string): Ending | null {
  const [, name = ""] = /^(?:pm_card|tok)_(\w+)$/.exec(id) ?? [];
  return Object.hasOwn(CARDS, name) ? CARDS[name]! : null;
}

export function accountEnding(iban: string): Ending | null {
  return Object.hasOwn(ACCOUNTS, iban) ? ACCOUNTS[iban]! : null;
}
