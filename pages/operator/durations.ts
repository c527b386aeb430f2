/** So many seconds in the reader's own custom, `0.24 s` or `3 s`; a dash where it is not known. */
export function inSeconds(seconds: number | null, language: string): string {
  if (seconds === null) return "–";
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: "second",
    unitDisplay: "narrow",
    maximumSignificantDigits: 2,
  }).format(seconds);
}
