import assert from "node:assert/strict";
import { inboxEvent } from "../testing.ts";
import { toJsonArray } from "./wire.ts";

Deno.test("a payload arrives exactly as it was, escapes of NUL and lone surrogates included", () => {
  const payload = String
    .raw`{"n":"\u0000","s":"\ud800","p":"\ud83d\ude00","b":"\\u0000","e":"😀 \"é\""}`;
  const json = toJsonArray([inboxEvent("evt_1", { payload })]);
  assert.equal(JSON.parse(json)[0].payload, payload);
});

Deno.test("NUL and lone surrogates outside the payload never reach jsonb", () => {
  const event = inboxEvent("evt_\0\ud800", { type: '\\\0"\udfff', object_id: "😀\\u0000" });
  const json = toJsonArray([event]);
  assert.doesNotMatch(json, /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/);
  const [read] = JSON.parse(json);
  assert.equal(read.id, "evt_\ufffd");
  assert.equal(read.type, '\\"\ufffd');
  assert.equal(read.object_id, "😀\\u0000", "a backslash and letters are no NUL");
});
