import assert from "node:assert/strict";
import type { Wanted } from "../_shared/stripe/fetching.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import type { LogLine } from "../_shared/log.ts";
import { Unavailable } from "../_shared/problem.ts";
import { allApplied, inboxEvent } from "../_shared/testing.ts";
import { followed, following, RHYTHM } from "./follow.ts";

const SUB: Wanted = { id: "sub_1", account: null, itself: false };

/** A follower with a Stripe and a Postgres for this test. */
function follower(
  { rhythm = {}, reading = () => Promise.resolve(), delivering = () => {} }: {
    rhythm?: Partial<typeof RHYTHM>;
    reading?: () => Promise<void>;
    delivering?: (event: InboxEvent) => void;
  } = {},
) {
  const read: string[] = [];
  const delivered: string[] = [];
  const lines: LogLine[] = [];
  const work: Promise<void>[] = [];
  const follow = following({
    fetchObject: async ({ id }) => {
      read.push(id);
      await reading();
      return [inboxEvent(`fetch_${id}`)];
    },
    deliver: (event) => {
      delivered.push(event.id);
      delivering(event);
      return Promise.resolve(allApplied([event])[0]!);
    },
    background: (promise) => work.push(promise),
    write: (line) => lines.push(line),
  }, { ...RHYTHM, pause: 0, ...rhythm });
  return { follow, read, delivered, lines, done: () => Promise.all(work) };
}

Deno.test("a requested object is read after the answer, and delivered", async () => {
  const { follow, read, delivered, lines, done } = follower();
  follow([SUB]);
  await Promise.resolve();
  assert.deepEqual(read, [], "the answer goes out first");
  await done();
  assert.deepEqual([read, delivered], [["sub_1"], ["fetch_sub_1"]]);
  const [{ ms, ...line }] = lines as [LogLine];
  assert.deepEqual(line, { object_id: "sub_1", event_id: "fetch_sub_1", outcome: "applied" });
  assert.equal(typeof ms, "number");
});

Deno.test("an object that is requested many times before its read is read once", async () => {
  const { follow, read, done } = follower();
  for (let time = 0; time < 5; time++) follow([SUB, SUB]);
  await done();
  assert.deepEqual(read, ["sub_1"]);
});

Deno.test("an object that is requested again by its own delivery is read once more, and then no more", async () => {
  const { follow, read, done } = follower({ delivering: () => follow([SUB]) });
  follow([SUB]);
  await done();
  assert.deepEqual(read, ["sub_1", "sub_1"]);
  follow([SUB]);
  await done();
  assert.equal(read.length, 2, "it rests");
});

Deno.test("the second reading is made in a later second", async () => {
  const { follow, done } = follower({ rhythm: { pause: 50 }, delivering: () => follow([SUB]) });
  const started = performance.now();
  follow([SUB]);
  await done();
  assert(performance.now() - started >= 49);
});

Deno.test("after the pause an object may be read again", async () => {
  const { follow, read, done } = follower({ rhythm: { rest: 0 } });
  follow([SUB]);
  await done();
  follow([SUB]);
  await done();
  assert.deepEqual(read, ["sub_1", "sub_1"]);
});

Deno.test("the same id in another account, or with itself, counts as another object", async () => {
  const { follow, read, done } = follower();
  follow([SUB, { ...SUB, account: "acct_1" }, { ...SUB, itself: true }]);
  await done();
  assert.equal(read.length, 3);
});

Deno.test("no more objects are read at once than the limit allows", async () => {
  let [running, most] = [0, 0];
  const { follow, read, done } = follower({
    reading: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
    },
  });
  follow([..."abcdef"].map((name) => ({ ...SUB, id: `sub_${name}` })));
  await done();
  assert.deepEqual([read.length, most], [6, RHYTHM.atOnce]);
});

Deno.test("objects beyond the limit are left out, until the pause of others is over", async () => {
  const { follow, read, done } = follower({ rhythm: { most: 2, rest: 0 } });
  const wanted = [..."abc"].map((name) => ({ ...SUB, id: `sub_${name}` }));
  follow(wanted);
  await done();
  assert.deepEqual(read, ["sub_a", "sub_b"]);
  follow(wanted.slice(2));
  await done();
  assert.deepEqual(read, ["sub_a", "sub_b", "sub_c"]);
});

Deno.test("a failure is logged by its code, tried once more, and given up", async () => {
  const broken = [new Unavailable("HTTP 500"), new Error("ada@example.com")];
  for (const [place, code] of ["HTTP 500", "Error"].entries()) {
    const { follow, lines, delivered, done } = follower({
      reading: () => Promise.reject(broken[place]),
    });
    follow([SUB]);
    await done();
    assert.deepEqual(delivered, []);
    const line = { object_id: "sub_1", code };
    assert.deepEqual(lines.map(({ ms: _, ...line }) => line), [line, line]);
  }
});

Deno.test("a Postgres that is unavailable for a moment gets the object at the second attempt", async () => {
  let attempts = 0;
  const { follow, lines, done } = follower({
    delivering: () => {
      if (++attempts === 1) throw new Unavailable("57P01");
    },
  });
  follow([SUB]);
  await done();
  assert.deepEqual(lines.map(({ code, outcome }) => code ?? outcome), ["57P01", "applied"]);
});

Deno.test("the objects that a call wants to read again are followed, and its outcomes are returned", async () => {
  const followedIds: Wanted[] = [];
  const events = [inboxEvent("evt_1"), inboxEvent("evt_2")];
  const [first, second] = allApplied(events);
  const outcomes = [{ ...first!, fetch: ["sub_1", "acct_1/ch_1"] }, second!];
  const door = followed(
    () => Promise.resolve(outcomes),
    (wanted) => followedIds.push(...wanted),
  );
  assert.deepEqual(await door(events), outcomes);
  assert.deepEqual(followedIds, [SUB, { id: "ch_1", account: "acct_1", itself: false }]);
});
