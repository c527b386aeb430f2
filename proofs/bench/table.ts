/** Formats plain tables and ratios. */

/** Columns as wide as their widest cell: the first to the left, the others to the right. */
export function formatTable(head: string[], rows: string[][]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length))
  );
  const line = (row: string[]) =>
    widths.map((width, column) => {
      const cell = row[column] ?? "";
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ").trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)]
    .join("\n");
}

/** `a` in units of `b`: "1.42×"; a dash if there is nothing to compare. */
export function ratio(a: number, b: number): string {
  return b > 0 && Number.isFinite(a) ? `${(a / b).toFixed(2)}×` : "–";
}

/** A number with about three significant digits. */
export function amount(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toFixed(value === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

/** The smallest value that at least `share` (0 to 1) of all values do not exceed. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** The median and the range: "1.60× [1.47×..1.84×]"; a dash if one of them is not known. */
export function spread(values: number[], unit = ""): string {
  if (values.length === 0 || !values.every(Number.isFinite)) return "–";
  const write = (value: number) => unit === "×" ? ratio(value, 1) : amount(value);
  const middle = write(median(values));
  if (values.length === 1) return middle;
  return `${middle} [${write(Math.min(...values))}..${write(Math.max(...values))}]`;
}

/** The middle value; of an even number the mean of both middle ones. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}
