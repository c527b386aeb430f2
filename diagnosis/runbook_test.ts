import assert from "node:assert/strict";
import { EDITIONS, fileOf, formatted, writeRunbook } from "./runbook.ts";
import { SYMPTOMS } from "./symptoms.ts";

for (const edition of EDITIONS) {
  Deno.test(`${edition.file} is up to date with the table of codes (deno task runbook)`, async () => {
    const written = await Deno.readTextFile(fileOf(edition));
    assert.equal(written, await formatted(writeRunbook(edition)));
  });
}

Deno.test("every symptom names codes, each once, and has texts in both languages", () => {
  assert.ok(SYMPTOMS.length > 12);
  for (const { en, fr, command, codes } of SYMPTOMS) {
    assert.ok(codes.length > 0, en.seen);
    assert.equal(new Set(codes).size, codes.length, en.seen);
    for (const { seen, todo } of [en, fr]) assert.ok(seen !== "" && /[.)]$/.test(todo), seen);
    assert.match(command, /^npx -y deno@2\.9\.6 task (doctor|explain) |^select /);
  }
});

/** Words from the old site's two guides, from error messages and from people. */
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

Deno.test("docs/depannage.md has the symptoms before the codes, in words that people search for", async () => {
  const text = await Deno.readTextFile(fileOf(EDITIONS[1]!));
  const [symptoms = ""] = text.split("\n## Codes\n");
  assert.ok(symptoms.length < text.length);
  assert.ok(symptoms.indexOf("\n## Symptômes\n") < 1_200, "the symptoms come first");
  assert.deepEqual(SEARCHED.filter((words) => !symptoms.includes(words)), []);
});
