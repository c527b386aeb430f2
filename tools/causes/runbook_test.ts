import assert from "node:assert/strict";
import { CAUSES } from "./causes.ts";
import { EDITIONS, fileOf, formatted, writeRunbook } from "./runbook.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

for (const edition of EDITIONS) {
  Deno.test(`${edition.file} is what the table of causes says (deno task runbook)`, async () => {
    const written = await Deno.readTextFile(fileOf(edition));
    assert.equal(written, await formatted(writeRunbook(edition)));
  });
}

Deno.test("every code that can be printed has its cause, its mend, and both languages", async () => {
  const codes = new Set([
    ...await codesOfTheDatabase(),
    ...await codesOfTheDoctor(),
    ...await kindsOfAlerts(),
  ]);
  assert.ok(codes.size > 25);
  assert.deepEqual([...codes].filter((code) => !(code in CAUSES)).sort(), []);
  assert.deepEqual(Object.keys(CAUSES).filter((code) => !codes.has(code)).sort(), []);
});

/** The words in the chapters that explain, the reasons that close, and what quarantines an event. */
async function codesOfTheDatabase(): Promise<Set<string>> {
  const chapters = await Promise.all(
    [
      "20261121005390_sales",
      "20261121005400_explain_links",
      "20261121005450_explain_module_access",
      "20261121005460_explain_reference",
    ]
      .map((name) => Deno.readTextFile(new URL(`${name}.sql`, MIGRATIONS))),
  );
  const told = chapters.join("\n").matchAll(
    /(?:broken\(\s*|then |else |query select )'([a-z]+_[a-z_]+|exhausted)'/g,
  );
  const reasons = await Deno.readTextFile(new URL("20261121001900_reasons.sql", MIGRATIONS));
  const closing = /-- closed([\s\S]*?)\);/.exec(reasons)?.[1]?.matchAll(/'(\w+)'/g) ?? [];
  const kinds = /kind_of[\s\S]*?end;/.exec(chapters.join("\n"))?.[0] ?? "";
  return new Set([
    ...[...told].map(([, code = ""]) => code).filter((code) => !kinds.includes(`'${code}'`)),
    ...[...closing].map(([, code = ""]) => code),
    // What quarantines an event, and what deno task explain finds by itself.
    ...["wrong_mode", "foreign_account", "not_at_stripe"],
  ]);
}

/** The codes in the checks, in what they are told by, and in what the database examines. */
async function codesOfTheDoctor(): Promise<string[]> {
  const folder = new URL("../doctor/checks/", import.meta.url);
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) =>
    new URL(name, folder)
  );
  const sources = await Promise.all(
    [...names, new URL("../drift_between.ts", folder)].map((file) => Deno.readTextFile(file)),
  );
  const printed = sources.join("\n").matchAll(/"([a-z]+(?:_[a-z]+)+)"/g);
  const examined = await Deno.readTextFile(new URL("20261121006500_examine.sql", MIGRATIONS));
  const findings = examined.matchAll(/(?:select|then|else) '([a-z]+_[a-z_]+)'/g);
  const others = new Set([
    "checkout_session",
    "bad_signature",
  ]);
  return [...printed, ...findings].map(([, code = ""]) => code)
    .filter((code) => !others.has(code) && !code.startsWith("sesame_")); // those are RPCs
}

async function kindsOfAlerts(): Promise<string[]> {
  const chapter = await Deno.readTextFile(new URL("20261121006610_alerts.sql", MIGRATIONS));
  return [...chapter.matchAll(/^ {2}\('(\w+)', '\w+', '[^']+'\)/gm)].map(([, kind = ""]) => kind);
}
