/** A share in the reader's language, such as `99.9 %`; a dash if not known. Never rounded up to 100 %. */
export function inPercent(share: number | null, language: string): string {
  if (share === null) return "–";
  return (Math.floor(share * 1_000) / 1_000).toLocaleString(language, {
    style: "percent",
    maximumFractionDigits: 1,
  });
}
