import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { amount, formatTable, percentile, ratio } from "./table.ts";

Deno.test("formatTable() makes columns as wide as their widest cell", () => {
  deepStrictEqual(formatTable(["door", "per s"], [["direct", "1250"], ["api", "98"]]).split("\n"), [
    "door    per s",
    "------  -----",
    "direct   1250",
    "api        98",
  ]);
});

Deno.test("ratio() has a dash where there is nothing to compare with", () => {
  strictEqual(ratio(3, 2), "1.50×");
  strictEqual(ratio(3, 0), "–");
  strictEqual(ratio(NaN, 2), "–");
});

Deno.test("amount() keeps about three digits", () => {
  deepStrictEqual([0, 1.234, 12.34, 123.4, NaN].map(amount), ["0", "1.23", "12.3", "123", "–"]);
});

Deno.test("percentile() takes a value that was measured", () => {
  strictEqual(percentile([4, 1, 3, 2], 0.5), 2);
  strictEqual(percentile([4, 1, 3, 2], 0.99), 4);
  strictEqual(percentile([], 0.5), NaN);
});
