/** How Postgres writes what we sell: "1 day", "30 days", "6 mons", "1 year". */
const WRITTEN = /^(\d+) (day|mon|year)s?$/;
const UNITS: Record<string, string> = { day: "day", mon: "month", year: "year" };

/** A length of time in words; one that is more than a count of a unit stays as it is written. */
export function durationInWords(interval: string, language: string): string {
  const [, count, written = ""] = WRITTEN.exec(interval) ?? [];
  const unit = UNITS[written];
  if (unit === undefined) return interval;
  return spanInWords(Number(count), unit, language);
}

/** "3 months". */
export function spanInWords(count: number, unit: string, language: string): string {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" })
    .format(count);
}
