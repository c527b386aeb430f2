import assert from "node:assert/strict";
import { checking } from "./rpc.ts";
import { allApplied, inboxEvent } from "./testing.ts";

const events = [inboxEvent("evt_1"), inboxEvent("evt_2")];
const [first, second] = allApplied(events);

Deno.test("an answer with one known outcome for each event is accepted", async () => {
  const door = checking(() => Promise.resolve([second, first]));
  assert.deepEqual(await door(events), [second, first]);
});

Deno.test("ids in fetch are returned; a malformed fetch is ignored", async () => {
  const fetches = [[["sub_1", 7, null], ["sub_1"]], [undefined, null], ["sub_1", null], [{}, null]];
  for (const [fetch, ids] of fetches) {
    const door = checking(() => Promise.resolve([{ ...first, fetch }, second]));
    assert.deepEqual((await door(events)).map(({ fetch }) => fetch), [ids, null]);
  }
});

Deno.test("any other answer is refused, so nothing is acknowledged", async () => {
  const answers = {
    "no rows": null,
    "an event missing": [first],
    "one twice": [first, first],
    "one too many": [first, second, second],
    "a stranger": [first, { ...second, event_id: "evt_3" }],
    "an unknown word": [first, { ...second, outcome: "fine" }],
    "no row": [first, null],
  };
  for (const [title, answer] of Object.entries(answers)) {
    const door = checking(() => Promise.resolve(answer));
    await assert.rejects(door(events), { code: "internal" }, title);
  }
});
