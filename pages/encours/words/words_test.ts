import assert from "node:assert/strict";
import { amountInWords } from "./amounts.ts";
import { durationInWords } from "./durations.ts";
import { en } from "./en.ts";
import { fr } from "./fr.ts";
import { momentInWords } from "../../kit/moments.ts";
import { wordsFor } from "./words.ts";

Deno.test("French browsers get French, all others English", () => {
  for (const language of ["fr", "fr-FR", "FR-ch"]) {
    assert.equal(wordsFor(language).title, fr.title, language);
  }
  for (const language of ["en-GB", "de", "frr", ""]) {
    assert.equal(wordsFor(language).title, en.title, language);
  }
});

Deno.test("dates follow the browser's region if its language has words here", () => {
  for (
    const [language, expected] of [
      ["en-GB", "12 March 2027"],
      ["en-US", "March 12, 2027"],
      ["fr-CA", "12 mars 2027"],
      ["de", "March 12, 2027"],
    ] as const
  ) {
    const words = wordsFor(language);
    assert.equal(momentInWords("2027-03-12T12:00:00Z", words.language, 0), expected, language);
  }
});

Deno.test("every text in English has one in French", () => {
  for (const list of ["closed", "periods", "problems"] as const) {
    assert.deepEqual(Object.keys(fr[list]), Object.keys(en[list]), list);
  }
});

Deno.test("a moment less than two days away shows its time", () => {
  const now = Date.parse("2026-11-25T12:00:00Z");
  assert.equal(momentInWords("2027-03-12T12:00:00Z", "en", now), "March 12, 2027");
  assert.match(momentInWords("2026-11-26T11:30:00Z", "en", now), /^November 2\d, 2026 at \d/);
  assert.match(momentInWords("2026-11-26T11:30:00Z", "fr", now), /^2\d novembre 2026 à \d/);
});

Deno.test("an amount has the decimals of its currency", () => {
  assert.equal(amountInWords(900, "eur", "en"), "€9.00");
  assert.equal(amountInWords(900, "jpy", "en"), "¥900");
  assert.equal(amountInWords(50_000, "isk", "en").replace(/\s/g, " "), "ISK 500");
  // Engines differ in whether they show 499 or 499.00 forint.
  assert.match(amountInWords(49_900, "huf", "en"), /^HUF\s499(\.00)?$/);
  assert.equal(amountInWords(1_050, "huf", "en").replace(/\s/g, " "), "HUF 10.50");
  assert.match(amountInWords(5_000_000, "idr", "en"), /^IDR\s50,000(\.00)?$/);
  assert.equal(amountInWords(900, "kwd", "en").replace(/\s/g, " "), "KWD 0.900");
  assert.equal(amountInWords(900, "eur", "fr").replace(/\s/g, " "), "9,00 €");
});

Deno.test("a duration is in the reader's units, or as Postgres writes it", () => {
  assert.equal(durationInWords("30 days", "en"), "30 days");
  assert.equal(durationInWords("6 mons", "fr").replace(/\s/g, " "), "6 mois");
  assert.equal(durationInWords("1 day 02:00:00", "fr"), "1 day 02:00:00");
});
