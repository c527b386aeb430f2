import assert from "node:assert/strict";
import { CAUSES } from "./causes.ts";
import { EDITIONS, fileOf, formatted, writeRunbook } from "./runbook.ts";
import { SYMPTOMS } from "./symptoms.ts";

const MIGRATIONS = new URL("../supabase/migrations/", import.meta.url);

for (const edition of EDITIONS) {
  Deno.test(`${edition.file} is what the table of causes says (deno task runbook)`, async () => {
    const written = await Deno.readTextFile(fileOf(edition));
    assert.equal(written, await formatted(writeRunbook(edition)));
  });
}

Deno.test("every symptom leads to codes that there are, and says its words in both languages", () => {
  assert.ok(SYMPTOMS.length > 12);
  for (const { en, fr, command, codes } of SYMPTOMS) {
    assert.ok(codes.length > 0, en.seen);
    assert.deepEqual(codes.filter((code) => !(code in CAUSES)), [], en.seen);
    assert.equal(new Set(codes).size, codes.length, en.seen);
    for (const { seen, todo } of [en, fr]) assert.ok(seen !== "" && /[.)]$/.test(todo), seen);
    assert.match(command, /^npx -y deno@2\.9\.6 task (doctor|explain) |^select /);
  }
});

/** As the old site's two guides, the error messages and people have them. */
const SEARCHED = [
  "Paiement réussi mais module n'apparaît pas dans `/encours`",
  "Webhook Stripe reçu mais pas d'accès créé",
  'Erreur "Table module_access non accessible"',
  "Paiement réussi mais le module n'apparaît pas",
  "Webhook reçu mais pas d'accès créé",
  "les modules n'apparaissent pas dans /encours",
  "No signatures found matching",
  "PGRST116",
  "PGRST205",
  "22P02",
  "42501",
  "42P01",
  "`400`",
  "`401`",
  "`403`",
  "`404`",
  "`503`",
];

Deno.test("docs/depannage.md has the symptoms before the codes, in the words that people search for", async () => {
  const text = await Deno.readTextFile(fileOf(EDITIONS[1]!));
  const [symptoms = ""] = text.split("\n## Codes\n");
  assert.ok(symptoms.length < text.length);
  assert.ok(symptoms.indexOf("\n## Symptômes\n") < 1_200, "the symptoms come first");
  assert.deepEqual(SEARCHED.filter((words) => !symptoms.includes(words)), []);
});

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
      "20261121006100_sales",
      "20261121006120_explain_delivery",
      "20261121006130_explain_buyer",
      "20261121006135_explain_access",
      "20261121006140_explain_module_access",
      "20261121006150_explain_reference",
    ]
      .map((name) => Deno.readTextFile(new URL(`${name}.sql`, MIGRATIONS))),
  );
  const told = chapters.join("\n").matchAll(
    /(?:broken\(\s*|then |else |query select )'([a-z]+_[a-z_]+|exhausted)'/g,
  );
  const reasons = await Deno.readTextFile(new URL("20261121002000_reasons.sql", MIGRATIONS));
  const closing = /-- closed([\s\S]*?)\);/.exec(reasons)?.[1]?.matchAll(/'(\w+)'/g) ?? [];
  return new Set([
    ...[...told].map(([, code = ""]) => code),
    ...[...closing].map(([, code = ""]) => code),
    // What quarantines an event, and what deno task explain finds by itself.
    ...["wrong_mode", "foreign_account", "not_at_stripe"],
  ]);
}

/** The codes in the checks, in what they are told by, and in what the database examines. */
async function codesOfTheDoctor(): Promise<string[]> {
  const folder = new URL("../cli/doctor/checks/", import.meta.url);
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) =>
    new URL(name, folder)
  );
  const sources = await Promise.all(
    [...names, new URL("../drift_between.ts", folder)].map((file) => Deno.readTextFile(file)),
  );
  const printed = sources.join("\n").matchAll(/"([a-z]+(?:_[a-z]+)+)"/g);
  const examined = await Deno.readTextFile(new URL("20261121006320_examine.sql", MIGRATIONS));
  const findings = examined.matchAll(/(?:select|then|else) '([a-z]+_[a-z_]+)'/g);
  const others = new Set([
    "checkout_session",
    "bad_signature",
  ]);
  return [...printed, ...findings].map(([, code = ""]) => code)
    .filter((code) => !others.has(code) && !code.startsWith("sesame_")); // those are RPCs
}

async function kindsOfAlerts(): Promise<string[]> {
  const chapter = await Deno.readTextFile(new URL("20261121006500_alerts.sql", MIGRATIONS));
  return [...chapter.matchAll(/^ {2}\('(\w+)', '\w+', '[^']+'\)/gm)].map(([, kind = ""]) => kind);
}
