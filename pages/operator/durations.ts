/** Seconds in the reader's language, such as `0.24 s` or `3 s`; a dash if not known. */
export function inSeconds(seconds: number | null, language: string): string {
  if (seconds === null) return "–";
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: "second",
    unitDisplay: "narrow",
    maximumSignificantDigits: 2,
  }).format(seconds);
}
