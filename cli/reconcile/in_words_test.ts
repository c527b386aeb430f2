import assert from "node:assert/strict";
import { changeInWords, inWords, progressOf } from "./in_words.ts";
import type { Report } from "./round.ts";

function reportOf(counts: Partial<Record<keyof Report, number>>): Report {
  const { missed = 0, failed = 0, objects = 0, pending = 0, unfolded = 0 } = counts;
  const part = (done: number) => ({ done, failed: 0 });
  return {
    missed: part(missed),
    failed: part(failed),
    objects: part(objects),
    pending: part(pending),
    unfolded: part(unfolded),
  };
}

Deno.test("a report says what was done, and a rehearsal what would be done", () => {
  const report = reportOf({ missed: 1_234, failed: 2, objects: 3, pending: 4 });
  assert.equal(inWords(report), "1,234 events fetched, 2 replayed, 7 objects read");
  assert.equal(inWords(report, true), "1,234 events to fetch, 2 to replay, 7 objects to read");
});

Deno.test("a rebuild's progress is the share of its lists that is read", () => {
  const report = reportOf({ objects: 1 });
  const words = "0 events fetched, 0 replayed, 1 objects read";
  assert.deepEqual(
    progressOf(report, { part: "objects", after: "customer/cus_1" }),
    { title: `customer: ${words}`, done: 0, total: 100 },
  );
  assert.deepEqual(
    progressOf(report, { part: "objects", after: "acct_1/charge/ch_1" }),
    { title: `charge: ${words}`, done: 30, total: 100 },
  );
  const unknown = { title: words, done: 0, total: 0 };
  assert.deepEqual(progressOf(report, { part: "pending", after: "" }), unknown);
  assert.deepEqual(progressOf(report, null), unknown);
});

Deno.test("a large change that is folded by parts shows how much is left", () => {
  const title = "0 events fetched, 0 replayed, 0 objects read, 1,500 folded";
  assert.deepEqual(
    progressOf(reportOf({ unfolded: 1_500 }), { part: "unfolded", after: "500" }),
    { title, done: 1_500, total: 2_000 },
  );
});

Deno.test("a change names the user, the module, what happened and why", () => {
  const change = {
    change: "closed",
    module: "whisper",
    user_id: "ada",
    reason: "refunded",
  } as const;
  assert.equal(changeInWords(change), "closed  whisper  ada  refunded");
  assert.equal(changeInWords({ ...change, reason: null }), "closed  whisper  ada");
});
