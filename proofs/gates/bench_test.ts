/** Every program of the bench runs for a second on a tiny setup, and prints its table. */

import { doesNotMatch, match, strictEqual } from "node:assert/strict";
import { PROGRAMS } from "../bench/programs.ts";

const MAIN = new URL("../bench/main.ts", import.meta.url).href;

const TINY = [
  ...["--seconds", "1", "--turns", "1", "--crowds", "2", "--processes", "2"],
  ...["--rows", "200", "--lessons", "2000", "--tokens", "2000", "--objects", "32"],
  ...["--subscriptions", "40", "--stored", "200", "--renewals", "200"],
];

/** Measured by the same code as `peer`, with other numbers. */
const LEFT_OUT = ["processes"];

/** How many run at once. Their figures do not matter here, and each waits for servers to start. */
const AT_ONCE = 2;

// Steps that run at once cannot tell whose resources are left.
const unsanitized = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

Deno.test("every program of the bench prints its table", unsanitized, async (test) => {
  const names = Object.keys(PROGRAMS).filter((name) => !LEFT_OUT.includes(name)).values();
  const runAll = async () => {
    for (const name of names) {
      await test.step({ name, fn: () => assertTable(name), ...unsanitized });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runAll));
});

async function assertTable(name: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-all", MAIN, "--only", name, ...TINY],
  }).output();
  const decoder = new TextDecoder();
  strictEqual(decoder.decode(stderr), "");
  strictEqual(success, true);
  const table = decoder.decode(stdout);
  match(table, /\n-+( {2}-+)+\n\S/, "a head, a rule, and at least one line");
  doesNotMatch(table, /NaN|undefined|HTTP 5/);
}
