import assert from "node:assert/strict";
import { changesInWords } from "./changes_in_words.ts";
import { type Holding, isTheirs, modulesOf, type Offer } from "./modules.ts";
import { en } from "./words/en.ts";

const OFFERS: Offer[] = [
  { slug: "whisper", title: "Whisper", description: null, is_free: false, is_active: true },
  { slug: "llama", title: "Llama", description: null, is_free: false, is_active: false },
];

function held(slug: string, status: Holding["status"]): Holding {
  return { slug, status, expires_at: null, reason: null };
}

function slugs(modules: { slug: string }[]): string[] {
  return modules.map(({ slug }) => slug);
}

Deno.test("a module that is no longer offered is shown only to members who have it", () => {
  assert.deepEqual(slugs(modulesOf(OFFERS, [])), ["whisper"]);
  assert.deepEqual(slugs(modulesOf(OFFERS, [held("llama", "active")])), ["whisper", "llama"]);
});

Deno.test("isTheirs() is true for open and pending modules", () => {
  for (
    const [status, expected] of [
      ["active", true],
      ["pending", true],
      ["expired", false],
      ["closed", false],
    ] as const
  ) {
    const [module] = modulesOf(OFFERS, [held("whisper", status)]);
    assert.equal(module && isTheirs(module), expected, status);
  }
});

Deno.test("changesInWords() names the modules that opened and closed", () => {
  const before = modulesOf(OFFERS, [held("whisper", "active"), held("llama", "pending")]);
  const after = modulesOf(OFFERS, [held("whisper", "closed"), held("llama", "active")]);
  assert.equal(changesInWords(before, after, en), "Whisper is closed. Llama is open.");
  assert.equal(changesInWords(after, after, en), "");
});
