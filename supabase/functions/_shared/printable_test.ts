import assert from "node:assert/strict";
import { printable } from "./printable.ts";

Deno.test("text of any language, with its emoji, is shown as it is", () => {
  for (const text of ["✓ Ada — 2,50 €", "עדה عدى", "👩‍👩‍👧‍👦 ﷽", "", "a\\nb"]) {
    assert.equal(printable(text), text);
  }
});

Deno.test("characters that move the cursor, end a line or change the reading direction become escapes", () => {
  assert.equal(printable("\x1b]0;owned\x07\x1b[2J"), "\\u001b]0;owned\\u0007\\u001b[2J");
  assert.equal(printable("a\r\nb\tc\x7f\x9b2J"), "a\\r\\nb\\tc\\u007f\\u009b2J");
  assert.equal(
    printable("\u202egnp.exe\u2069\u2028x\u2029"),
    "\\u202egnp.exe\\u2069\\u2028x\\u2029",
  );
  for (let code = 0; code < 0x3000; code++) {
    const isUnsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(String.fromCharCode(code));
    assert.equal(printable(String.fromCharCode(code)) !== String.fromCharCode(code), isUnsafe);
  }
});

Deno.test("escaped JSON is still JSON with the same meaning", () => {
  const text = "\x1b[2J\x9b\u202e\u2028\n";
  assert.equal(JSON.parse(printable(JSON.stringify(text))), text);
});
