/** A share in the reader's own custom, `99.9 %`; a dash where it is not known. Never rounded up to all. */
export function inPercent(share: number | null, language: string): string {
  if (share === null) return "–";
  return (Math.floor(share * 1_000) / 1_000).toLocaleString(language, {
    style: "percent",
    maximumFractionDigits: 1,
  });
}
