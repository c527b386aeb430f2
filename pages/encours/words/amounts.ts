/** Currencies that Stripe counts without decimals. UGX and ISK are not among them, although they have none. */
const WHOLE = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" ");

/** Currencies that Stripe counts in thousandths. */
const IN_THOUSANDTHS = "bhd jod kwd omr tnd".split(" ");

/**
 * An amount in the smallest unit of its currency, as Stripe counts it: 900 eur is €9.00. `Intl` counts some
 * currencies in another way: 900 huf are 9 forint at Stripe.
 */
export function amountInWords(amount: number, currency: string, language: string): string {
  const decimals = decimalsAtStripe(currency.toLowerCase());
  const value = amount / 10 ** decimals;
  const digits = Number.isInteger(value) ? {} : { minimumFractionDigits: decimals };
  return new Intl.NumberFormat(language, { style: "currency", currency, ...digits }).format(value);
}

function decimalsAtStripe(currency: string): number {
  if (WHOLE.includes(currency)) return 0;
  return IN_THOUSANDTHS.includes(currency) ? 3 : 2;
}
