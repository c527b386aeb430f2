/** How Postgres writes an access duration: "1 day", "30 days", "6 mons", "1 year". */
const WRITTEN = /^(\d+) (day|mon|year)s?$/;
const UNITS: Record<string, string> = { day: "day", mon: "month", year: "year" };

/** A length of time in words. One with several units stays as Postgres writes it. */
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
