import assert from "node:assert/strict";
import { appendBlock, cutBlock, hasBlock } from "./block.ts";
import { addToConfig } from "./testing.ts";

for (const text of ["", "\n", "a", "a\n", "a\n\n", "a\r\nb\r\n", "a\r\nb", "\uFEFFa\r\n"]) {
  Deno.test(`a block after ${JSON.stringify(text)} can be cut without a trace`, () => {
    const { text: patched, inserted } = appendBlock(text, ["one", "two"]);
    assert.ok(patched.startsWith(text) && hasBlock(patched));
    assert.equal(cutBlock(patched, inserted), text);
    if (text.includes("\r\n")) assert.doesNotMatch(patched, /[^\r]\n/);
    const more = `${patched}more`;
    assert.equal(cutBlock(more, inserted), `${text}more`);
  });
}

Deno.test("a block that was changed is not cut", () => {
  const { text, inserted } = appendBlock("a\n", ["one", "two"]);
  assert.equal(cutBlock(text.replace("two", "three"), inserted), null);
  assert.equal(cutBlock("a\n", inserted), null);
});

for (
  const text of [
    "",
    'project_id = "a"',
    "[functions.hello]\nverify_jwt = true\n",
    "[functions]\nhello = { verify_jwt = true }\n[api]\nx = 1\n",
    "[[x]]\na = 1\n[[x]]\na = 2.0\nb = 1979-05-27T07:32:00Z\n",
  ]
) {
  Deno.test(`our tables can be added to ${JSON.stringify(text)}`, () => {
    const { text: patched } = addToConfig(text);
    assert.match(patched, /\n\[functions\.checkout\]\nverify_jwt = false\n/);
  });
}
