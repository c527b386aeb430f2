import assert from "node:assert/strict";
import { untilFolded } from "./until_folded.ts";

const row = (event_id: string, outcome: string) => ({ event_id, outcome });

/** A second call that answers these one after the other, and notes the ids of each. */
function folding(...answers: unknown[]) {
  const asked: string[][] = [];
  const fold = (ids: string[]) => {
    asked.push(ids);
    return Promise.resolve(answers.shift());
  };
  return { asked, fold };
}

Deno.test("given events that were folded at once, there is no second call", async () => {
  const { asked, fold } = folding();
  const answer = [row("evt_1", "applied"), row("evt_2", "failed")];
  assert.deepEqual(await untilFolded(Promise.resolve(answer), fold), answer);
  assert.deepEqual(asked, []);
});

Deno.test("events that were only stored are asked for again, and no others, until none waits", async () => {
  const { asked, fold } = folding(
    [row("evt_2", "applied"), row("evt_3", "received")],
    [row("evt_3", "ignored")],
  );
  const first = [row("evt_1", "duplicate"), row("evt_2", "received"), row("evt_3", "received")];
  assert.deepEqual(await untilFolded(Promise.resolve(first), fold), [
    row("evt_1", "duplicate"),
    row("evt_2", "applied"),
    row("evt_3", "ignored"),
  ]);
  assert.deepEqual(asked, [["evt_2", "evt_3"], ["evt_3"]]);
});

Deno.test("an answer that is no list is passed on, whichever call gave it", async () => {
  const { fold } = folding(null);
  assert.equal(await untilFolded(Promise.resolve(null), fold), null);
  assert.equal(await untilFolded(Promise.resolve([row("evt_1", "received")]), fold), null);
});

Deno.test("a second call that fails is the failure of all", async () => {
  const failing = () => Promise.reject(new Error("no connection"));
  await assert.rejects(untilFolded(Promise.resolve([row("evt_1", "received")]), failing), {
    message: "no connection",
  });
});
