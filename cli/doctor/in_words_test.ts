import assert from "node:assert/strict";
import type { Finding } from "./check.ts";
import { CHECKS } from "./checks.ts";
import type { Examination } from "./doctor.ts";
import { changesInWords, inWords, planInWords, summaryInWords } from "./in_words.ts";

const check = { ...CHECKS[0]!, title: "all is well" };

function examination(findings: Finding[], blocked: string | null = null): Examination {
  return { check, findings, skipped: null, blocked };
}

function names(number: number): string[] {
  return Array.from({ length: number }, (_, n) => `name_${n}`);
}

Deno.test("a long list is a few examples and how many more there are", () => {
  const [title, line] = inWords(examination([
    { code: "grant_differs", about: "anon may execute 36 functions", each: names(36) },
  ]));
  assert.equal(title, "✗ all is well");
  assert.equal(
    line,
    "    grant_differs: anon may execute 36 functions: name_0, name_1, name_2, and 33 more",
  );
});

Deno.test("a list that is one longer than the limit is shown whole", () => {
  const found = { code: "event_failed", about: "4 events", each: names(4) } as const;
  const [, line] = inWords(examination([found]));
  assert.equal(line, "    event_failed: 4 events: name_0, name_1, name_2, name_3");
});

Deno.test("findings of one code are listed together, with their meaning once", () => {
  const findings = names(100).map((about) => ({
    code: "policy_differs" as const,
    about,
    plan: `make ${about}`,
  }));
  const lines = inWords(examination(findings));
  assert.equal(lines[1], "    policy_differs: 100 findings");
  assert.deepEqual(lines.filter((line) => line.startsWith("      - ")), [
    ...names(5).map((name) => `      - ${name}`),
    "      - and 95 more (--verbose)",
  ]);
  assert.equal(
    lines.filter((line) => line.includes("$ npx -y deno@2.9.6 task doctor --fix")).length,
    1,
  );
  assert.ok(lines.length < 12, lines.join("\n"));
});

Deno.test("--verbose leaves nothing out, and prints statements to paste", () => {
  const findings = names(100).map((about) => ({
    code: "policy_unexpected" as const,
    about,
    sql: [`drop ${about};`],
  }));
  const lines = inWords(examination(findings), { verbose: true });
  for (const name of names(100)) {
    assert.ok(lines.includes(`      - ${name}`), name);
    assert.ok(lines.includes(`      drop ${name};`), name);
  }
});

Deno.test("members are counted, and listed only with --verbose", () => {
  const about = "3 accesses of 2 members";
  const each = ["ada 1", "ada 2", "bob 1"];
  const found = examination([{ code: "access_missing", about, each, ofMembers: true }]);
  const lines = inWords(found).join("\n");
  assert.ok(lines.includes("access_missing: 3 accesses of 2 members (--verbose names them)"));
  assert.ok(!lines.includes("ada"), lines);
  assert.ok(inWords(found, { verbose: true }).join("\n").includes("\n          bob 1"));
});

Deno.test("a plan is short, and names a fix of several findings once", () => {
  const policies = names(100).map((about) => ({
    code: "policy_missing" as const,
    about,
    plan: `make ${about}`,
  }));
  const accesses = (["access_missing", "access_stale"] as const)
    .map((code) => ({ code, about: code, plan: "derive access again" }));
  assert.deepEqual(planInWords([examination([...policies, ...accesses])]), [
    "Going to:",
    ...names(5).map((name) => `  - make ${name}`),
    "  - and 95 more like these (--verbose)",
    "  - derive access again",
  ]);
  assert.equal(planInWords([examination(policies)], { verbose: true }).length, 101);
  assert.deepEqual(planInWords([examination([])]), [
    "There is nothing that --fix can fix.",
  ]);
});

Deno.test("the list of changes is short", () => {
  assert.deepEqual(changesInWords(names(100)).at(-1), "✓ and 95 more (--verbose)");
  assert.deepEqual(changesInWords(names(2)), ["✓ name_0", "✓ name_1"]);
});

Deno.test("the last line says how much was found, and where to begin", () => {
  const found = examination([
    { code: "token_waits", about: "2 tokens", each: names(2) },
    { code: "policy_missing", about: "it", plan: "make it" },
  ]);
  assert.equal(
    summaryInWords([found, examination([], "57014")]),
    "3 findings of 2 kinds; begin with policy_missing. --fix fixes what it can, and shows it " +
      "first. 1 check could not be made.",
  );
  assert.equal(summaryInWords([examination([])]), "Nothing was found.");
});

Deno.test("a note is listed under a check that passed, and is not counted", () => {
  const note = examination([{ code: "event_types_superfluous", about: "we_1: payout.paid" }]);
  const [title, line, meaning] = inWords(note);
  assert.deepEqual([title, line], [
    "✓ all is well",
    "    event_types_superfluous: we_1: payout.paid",
  ]);
  assert.match(meaning ?? "", /--fix never removes any/);
  assert.equal(summaryInWords([note]), "Nothing was found.");
  const warning = examination([...note.findings, { code: "endpoint_duplicate", about: "we_2" }]);
  assert.equal(inWords(warning)[0], "! all is well");
  assert.match(summaryInWords([warning]), /^1 finding of 1 kind; begin with endpoint_duplicate/);
});

Deno.test("a command is printed for each of the first few, with its ids filled in", () => {
  const known = names(7).map((name) => ({ price_id: name, module: "whisper" }));
  const lines = inWords(examination([{ code: "price_unmapped", about: "7 purchases", known }]));
  const commands = lines.filter((line) => line.startsWith("      $ insert"));
  assert.equal(commands.length, 5);
  assert.equal(
    commands[0],
    "      $ insert into public.module_prices (stripe_price_id, module_id) " +
      "select 'name_0', id from public.modules where slug = 'whisper'",
  );
  assert.ok(!lines.some((line) => line.includes("<price id>")), lines.join("\n"));
});
