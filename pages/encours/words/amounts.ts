/** Currencies for which Stripe uses another number of decimals than `Intl`. */
const STRIPE_DIGITS: Record<string, number> = { isk: 2, ugx: 2, mga: 0 };

/** An amount in the smallest unit of its currency, as Stripe gives it: 900 eur is €9.00. */
export function amountInWords(amount: number, currency: string, language: string): string {
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  const digits = STRIPE_DIGITS[currency.toLowerCase()] ??
    format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}
