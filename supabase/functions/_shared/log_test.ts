import assert from "node:assert/strict";
import { logged, type LogLine } from "./log.ts";

/** Where the platform cuts a line. */
const LIMIT = 10_000;

Deno.test("the line of an ordinary request has all of its fields", () => {
  const line: LogLine = {
    event_id: "evt_1",
    type: "checkout.session.completed",
    outcome: "applied",
    unknown: ["subscription.status=hibernating"],
    ms: 7,
  };
  assert.equal(logged(line), JSON.stringify(line));
});

Deno.test("a type of 140,000 characters does not make a line of 140,000 characters", () => {
  const line = logged({ event_id: "evt_1", type: "x".repeat(140_000), outcome: "ignored" });
  assert.deepEqual(JSON.parse(line), {
    event_id: "evt_1",
    type: `${"x".repeat(150)}… (140000 characters)`,
    outcome: "ignored",
  });
});

Deno.test("any content gives JSON on one line, below the platform's limit", () => {
  for (const worst of ["\x00", "\n", "\u2028", "\u202e", "\ud83d", "🦊", '"', "\\", "x"]) {
    const text = worst.repeat(140_000);
    const unknown = Array.from({ length: 1_000 }, () => text);
    const values = { event_id: text, type: text, object_id: text, outcome: text, code: text };
    const line = logged({ ...values, unknown, ms: 1e21 });
    assert.ok(line.length < LIMIT, `${line.length}`);
    assert.ok(line.isWellFormed());
    assert.equal(Object.keys(JSON.parse(line)).length, 7);
    assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
  }
});

Deno.test("a type with a line break makes no second line", () => {
  const forged = 'x"}\r\n{"event_id":"evt_2","outcome":"applied"}\u2028\x1b[2J';
  const line = logged({ event_id: "evt_1", type: forged });
  assert.equal(line.split(/[\r\n\u2028\u2029\x85]/).length, 1);
  assert.equal(JSON.parse(line).type, forged);
});
