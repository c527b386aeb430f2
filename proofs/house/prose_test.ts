/** Plain English everywhere: a list of unwanted words, and a limit for the sentences of the documents. */

import assert from "node:assert/strict";
import { trackedFiles } from "./files.ts";
import { lengthOf, sentencesOf, unwantedInDocument, unwantedWords } from "./prose.ts";

/** The files that we write: sources, SQL, documents, pages and scripts. */
const WRITTEN = /\.(ts|tsx|mjs|sql|psql|md|css|html|toml)$|^\.ci\/run$|^deno\.json$/;

/** Files that must contain an unwanted word, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "proofs/house/prose.ts": "it is the list",
  "proofs/house/prose_test.ts": "it shows that the list catches them",
};

/** Documents in French: the limit for sentences is one for English. */
const FRENCH = ["docs/ancien_site.md", "docs/depannage.md"];

/** Above this a sentence is two. */
const LONGEST = 25;

/** The changelog is a history: its old entries may be longer, and none may be longer than this. */
const LONGEST_IN_CHANGELOG = 35;

const files = (await trackedFiles()).filter(({ path }) => WRITTEN.test(path));
const documents = files.filter(({ path }) => path.endsWith(".md") && !FRENCH.includes(path));

Deno.test("no text and no name uses an unwanted word", () => {
  assert.ok(files.length > 700, "git lists the texts");
  const found = files.filter(({ path }) => !(path in EXCEPTIONS)).flatMap(({ path, text }) =>
    unwantedWords(text).map(({ line, word, instead }) => `${path}:${line}: ${word} → ${instead}`)
  );
  assert.deepEqual(found, [], `${found.length} words`);
});

Deno.test("no English document uses a word that hides who does what", () => {
  assert.ok(documents.length > 20, "git lists the documents");
  const found = documents.filter(({ path }) => path !== "CHANGELOG.md").flatMap(({ path, text }) =>
    unwantedInDocument(text).map((offence) => `${path}: ${offence}`)
  );
  assert.deepEqual(found, [], `${found.length} words`);
});

Deno.test("no sentence of an English document is longer than a reader can hold", () => {
  const long = documents.flatMap(({ path, text }) => {
    const longest = path === "CHANGELOG.md" ? LONGEST_IN_CHANGELOG : LONGEST;
    return sentencesOf(text).filter((sentence) => lengthOf(sentence) > longest)
      .map((sentence) => `${path}: ${lengthOf(sentence)} words: ${sentence}`);
  });
  assert.deepEqual(long, [], `${long.length} sentences`);
});

Deno.test("every exception is still a file", () => {
  const paths = new Set(files.map(({ path }) => path));
  for (const path of [...Object.keys(EXCEPTIONS), ...FRENCH]) assert.ok(paths.has(path), path);
});

Deno.test("catches an unwanted word in prose, in a comment, in a string and in a name", () => {
  const lines = [
    "The customer gets his money back.",
    "-- Whoever pays has it.",
    'Deno.test("the doctor mends it", () => {});',
    "function mendAll(checkoutWish: string) {}",
    "select sesame.mended_rows;",
    "interface StripeWorld {}",
    "const HIS_KEY = 1;",
  ];
  const found = lines.map((line) => unwantedWords(line).map(({ word }) => word));
  assert.deepEqual(found, [
    ["his"],
    ["whoever"],
    ["mends"],
    ["mend", "wish"],
    ["mended"],
    ["StripeWorld"],
    ["his"],
  ]);
});

Deno.test("a word that only contains an unwanted one is none", () => {
  const text = "this history, the amended chapter, themselves, hello world, hélas, cliché, SHE";
  assert.deepEqual(unwantedWords(text).map(({ word }) => word), ["she"]);
});

Deno.test("catches such a word in a heading and in a sentence, and not in code", () => {
  const markdown = "## Being told\n\nThe answer has `told`. It names nobody.\n";
  const words = unwantedInDocument(markdown).map((offence) => offence.split(" ")[0]);
  assert.deepEqual(words, ["told", "nobody"]);
});

Deno.test("sentences end at full stops, list items, cells and paragraphs", () => {
  const markdown = [
    "# A heading that counts for nothing",
    "One sentence, with [a link](https://example.com/a.b.c) and `code. More code`. `id`",
    "begins another (e.g. this one). reason: a field begins one too.",
    "",
    "- an item",
    "- another",
    "",
    "| a cell | one more |",
    "```sql",
    "select 1. Nothing here counts.",
    "```",
  ].join("\n");
  assert.deepEqual(sentencesOf(markdown), [
    "One sentence, with a link and Code.",
    "Code begins another (e.g. this one).",
    "reason: a field begins one too.",
    "- an item",
    "- another",
    "a cell",
    "one more",
  ]);
});

Deno.test("catches a sentence that is too long, and counts words, not signs", () => {
  assert.equal(lengthOf("One → two – three: four."), 4);
  const long = `Word${" word".repeat(LONGEST)}.`;
  assert.deepEqual(sentencesOf(`Short. ${long}`).map(lengthOf), [1, LONGEST + 1]);
});
