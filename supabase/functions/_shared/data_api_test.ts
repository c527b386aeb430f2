import assert from "node:assert/strict";
import { row, rows, texts } from "./data_api.ts";

/** The result of one of the functions for an answer of the database. */
const answering = (answer: unknown) => () => Promise.resolve(answer);

const INCOMPLETE = { code: "internal", more: { reason: "incomplete_answer" } };

Deno.test("rows() returns every row of an answer, and refuses an answer that is not a list", async () => {
  assert.deepEqual(await rows(answering([{ id: 1 }, { id: 2 }]), "f", {}), [{ id: 1 }, { id: 2 }]);
  assert.deepEqual(await rows(answering([]), "f", {}), []);
  for (const answer of [null, {}, "x"]) {
    await assert.rejects(rows(answering(answer), "f", {}), INCOMPLETE);
  }
});

Deno.test("row() returns the only row, and refuses no row, two rows, or a row that is not an object", async () => {
  assert.deepEqual(await row(answering([{ id: 1 }]), "f", {}), { id: 1 });
  for (const answer of [[], [{}, {}], [null], {}, null]) {
    await assert.rejects(row(answering(answer), "f", {}), INCOMPLETE);
  }
});

Deno.test("texts() returns every text, and refuses an answer that is not a list", async () => {
  assert.deepEqual(await texts(answering(["evt_1"]), "f", {}), ["evt_1"]);
  await assert.rejects(texts(answering(null), "f", {}), INCOMPLETE);
});

Deno.test("the arguments are sent as JSON, by name", async () => {
  const sent: unknown[] = [];
  await rows((...call) => Promise.resolve(sent.push(call) > 0 ? [] : null), "f", { most: 2 });
  assert.deepEqual(sent, [["f", '{"most":2}']]);
});
