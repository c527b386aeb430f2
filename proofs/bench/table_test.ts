import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { amount, formatTable, median, percentile, ratio, spread } from "./table.ts";

Deno.test("formatTable() makes columns as wide as their widest cell", () => {
  deepStrictEqual(formatTable(["door", "per s"], [["direct", "1250"], ["api", "98"]]).split("\n"), [
    "door    per s",
    "------  -----",
    "direct   1250",
    "api        98",
  ]);
});

Deno.test("ratio() returns a dash if there is nothing to compare with", () => {
  strictEqual(ratio(3, 2), "1.50×");
  strictEqual(ratio(3, 0), "–");
  strictEqual(ratio(NaN, 2), "–");
});

Deno.test("amount() keeps about three digits", () => {
  deepStrictEqual([0, 1.234, 12.34, 123.4, NaN].map(amount), ["0", "1.23", "12.3", "123", "–"]);
});

Deno.test("percentile() returns a measured value", () => {
  strictEqual(percentile([4, 1, 3, 2], 0.5), 2);
  strictEqual(percentile([4, 1, 3, 2], 0.99), 4);
  strictEqual(percentile([], 0.5), NaN);
});

Deno.test("spread() is the median and the range, and a dash if a value is not known", () => {
  strictEqual(spread([3, 1, 2]), "2.00 [1.00..3.00]");
  strictEqual(spread([0.5, 1.5], "×"), "1.00× [0.50×..1.50×]");
  strictEqual(spread([7]), "7.00");
  strictEqual(spread([1, NaN]), "–");
  strictEqual(spread([]), "–");
});

Deno.test("median() of an even number of values is the mean of both middle ones", () => {
  strictEqual(median([5, 1, 3]), 3);
  strictEqual(median([4, 1, 2, 9]), 3);
});
