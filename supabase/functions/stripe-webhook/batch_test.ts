import assert from "node:assert/strict";
import type { EventOutcome, InboxEvent } from "../_shared/inbox_event.ts";
import { Unavailable } from "../_shared/problem.ts";
import type { Door } from "../_shared/rpc.ts";
import { allApplied, inboxEvent } from "../_shared/testing.ts";
import { batching, LIMITS } from "./batch.ts";

interface Call {
  ids: string[];
  answer: (outcomes?: EventOutcome[]) => void;
  fail: (error: unknown) => void;
}

/** A door that answers when the test decides, and records its calls. */
function slowDoor() {
  const calls: Call[] = [];
  const door = (events: InboxEvent[]) =>
    new Promise<EventOutcome[]>((resolve, reject) => {
      calls.push({
        ids: events.map(({ id }) => id),
        answer: (outcomes = allApplied(events)) => resolve(outcomes),
        fail: reject,
      });
    });
  return { calls, door };
}

function idsOf(calls: Call[]): string[][] {
  return calls.map(({ ids }) => ids);
}

/** Runs all tasks that are ready. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("a single event is sent at once", () => {
  const { calls, door } = slowDoor();
  batching(door)(inboxEvent("evt_1"));
  assert.deepEqual(idsOf(calls), [["evt_1"]]);
  calls[0]!.answer();
  return settled();
});

Deno.test("events that arrive during a call go into the next call, together and in order", async () => {
  const { calls, door } = slowDoor();
  const deliver = batching(door);
  const outcomes = ["evt_1", "evt_2", "evt_3", "evt_4"].map((id) => deliver(inboxEvent(id)));
  assert.equal(calls.length, 1, "one call is in flight at a time");
  calls[0]!.answer();
  assert.equal((await outcomes[0]!).outcome, "applied");
  await settled();
  assert.deepEqual(idsOf(calls), [["evt_1"], ["evt_2", "evt_3", "evt_4"]]);
  calls[1]!.answer(allApplied(["evt_4", "evt_2", "evt_3"].map((id) => inboxEvent(id))));
  for (const [place, outcome] of outcomes.entries()) {
    assert.equal((await outcome).event_id, `evt_${place + 1}`);
  }
});

Deno.test("of two deliveries of one event at the same instant, one is applied and one is a duplicate", async () => {
  const { calls, door } = slowDoor();
  const deliver = batching(door);
  const lone = deliver(inboxEvent("evt_0"));
  const twins = [deliver(inboxEvent("evt_1")), deliver(inboxEvent("evt_1"))];
  calls[0]!.answer();
  await lone;
  await settled();
  assert.deepEqual(idsOf(calls), [["evt_0"], ["evt_1"]]);
  calls[1]!.answer();
  const words = (await Promise.all(twins)).map(({ outcome }) => outcome);
  assert.deepEqual(words, ["applied", "duplicate"]);
});

Deno.test("a failed event is answered as failed to each of its deliveries", async () => {
  const { calls, door } = slowDoor();
  const deliver = batching(door);
  const lone = deliver(inboxEvent("evt_0"));
  const twins = [deliver(inboxEvent("evt_1")), deliver(inboxEvent("evt_1"))];
  calls[0]!.answer();
  await lone;
  await settled();
  calls[1]!.answer([{ event_id: "evt_1", outcome: "failed", detail: "23514", fetch: null }]);
  const words = (await Promise.all(twins)).map(({ outcome }) => outcome);
  assert.deepEqual(words, ["failed", "failed"]);
});

Deno.test("a call holds no more events than the limit", async () => {
  const { calls, door } = slowDoor();
  const deliver = batching(door, { ...LIMITS, batch: { events: 2, characters: 1_000 } });
  const outcomes = ["1", "2", "3", "4"].map((id) => deliver(inboxEvent(id)));
  for (let call = 0; call < 3; call++) {
    calls[call]!.answer();
    await settled();
  }
  await Promise.all(outcomes);
  assert.deepEqual(idsOf(calls), [["1"], ["2", "3"], ["4"]]);
});

Deno.test("a call holds no more characters than the limit, but at least one event", async () => {
  const { calls, door } = slowDoor();
  const deliver = batching(door, { ...LIMITS, batch: { events: 10, characters: 10 } });
  const sizes = [1, 5, 5, 1, 99, 1];
  const outcomes = sizes.map((size, place) =>
    deliver(inboxEvent(`${place}`, { payload: "x".repeat(size) }))
  );
  for (let call = 0; call < 5; call++) {
    calls[call]!.answer();
    await settled();
  }
  await Promise.all(outcomes);
  assert.deepEqual(idsOf(calls), [["0"], ["1", "2"], ["3"], ["4"], ["5"]]);
});

Deno.test("events beside an event go into its call, and count against the limit", async () => {
  const { calls, door } = slowDoor();
  const deliver = batching(door, { ...LIMITS, batch: { events: 3, characters: 1_000 } });
  const outcomes = [
    deliver(inboxEvent("1")),
    deliver(inboxEvent("2"), [inboxEvent("2b")]),
    deliver(inboxEvent("3"), [inboxEvent("3b")]),
    deliver(inboxEvent("4"), [inboxEvent("3b")]),
  ];
  for (let call = 0; call < 4; call++) {
    calls[call]!.answer();
    await settled();
  }
  assert.deepEqual((await Promise.all(outcomes)).map(({ event_id }) => event_id), [..."1234"]);
  assert.deepEqual(idsOf(calls), [["1"], ["2", "2b"], ["3", "3b"], ["4", "3b"]]);
});

Deno.test("a failed call fails all its events, and the next call works", async () => {
  const { calls, door } = slowDoor();
  const deliver = batching(door);
  const lone = deliver(inboxEvent("evt_0"));
  const batch = [deliver(inboxEvent("evt_1")), deliver(inboxEvent("evt_2"))];
  calls[0]!.answer();
  await lone;
  await settled();
  calls[1]!.fail(new Unavailable("57P01"));
  const next = deliver(inboxEvent("evt_3"));
  await Promise.all(batch.map((failed) => assert.rejects(failed, { code: "unavailable" })));
  await settled();
  calls[2]!.answer();
  assert.equal((await next).outcome, "applied");
});

Deno.test("a door that throws instead of rejecting fails only its call", async () => {
  let broken = true;
  const deliver = batching((events) => {
    if (broken) throw new TypeError("bug");
    return Promise.resolve(allApplied(events));
  });
  await assert.rejects(deliver(inboxEvent("evt_1")), TypeError);
  broken = false;
  assert.equal((await deliver(inboxEvent("evt_1"))).outcome, "applied");
});

Deno.test("an event the answer leaves out is not acknowledged", async () => {
  const deliver = batching(() => Promise.resolve([]));
  await assert.rejects(deliver(inboxEvent("evt_1")), { code: "internal" });
});

Deno.test("when the door hangs, deliveries in flight and waiting deliveries end by the deadline", async () => {
  const { calls, door } = slowDoor();
  const deliver = batching(door, { ...LIMITS, deadline: 40 });
  const started = performance.now();
  const deliveries = ["evt_1", "evt_2", "evt_3"].map((id) => deliver(inboxEvent(id)));
  const isGivenUp = ({ more }: Unavailable) => more.reason === "deadline";
  await Promise.all(deliveries.map((outcome) => assert.rejects(outcome, isGivenUp)));
  assert(performance.now() - started < 5_000);

  const next = deliver(inboxEvent("evt_4"));
  calls[0]!.fail(new Unavailable("timeout"));
  await settled();
  assert.deepEqual(idsOf(calls), [["evt_1"], ["evt_4"]], "who was given up is not sent");
  calls[1]!.answer();
  assert.equal((await next).outcome, "applied");
});

/** A door that hangs until it is aborted, and records the reason. */
function abortableDoor() {
  const calls: { ids: string[]; signal: AbortSignal }[] = [];
  const door: Door = (events, signal = new AbortController().signal) =>
    new Promise((_, reject) => {
      calls.push({ ids: events.map(({ id }) => id), signal });
      signal.addEventListener("abort", () => reject(new Unavailable("AbortError")));
    });
  return { calls, door };
}

Deno.test("a call whose deliveries all timed out is aborted, and the next delivery does not wait", async () => {
  const { calls, door } = abortableDoor();
  const deliver = batching(door, { ...LIMITS, deadline: 60 });
  const early = deliver(inboxEvent("evt_1"));
  const isGivenUp = ({ more }: Unavailable) => more.reason === "deadline";
  await new Promise((resolve) => setTimeout(resolve, 40));
  const late = deliver(inboxEvent("evt_2"));
  await assert.rejects(early, isGivenUp);
  await settled();
  assert.deepEqual(calls.map(({ ids, signal }) => [ids, signal.aborted]), [
    [["evt_1"], true],
    [["evt_2"], false],
  ]);
  await assert.rejects(late, isGivenUp);
  await settled();
});

Deno.test("a call that one delivery still waits for goes on", async () => {
  const { calls, door } = slowDoor();
  const signals: AbortSignal[] = [];
  const deliver = batching((events, signal) => {
    if (signal !== undefined) signals.push(signal);
    return door(events);
  }, { ...LIMITS, deadline: 100 });
  const lone = deliver(inboxEvent("evt_0"));
  const early = deliver(inboxEvent("evt_1"));
  await new Promise((resolve) => setTimeout(resolve, 60));
  const late = deliver(inboxEvent("evt_2"));
  calls[0]!.answer();
  await lone;
  await assert.rejects(early, { code: "unavailable" });
  calls[1]!.answer();
  assert.equal((await late).outcome, "applied");
  assert.deepEqual(idsOf(calls), [["evt_0"], ["evt_1", "evt_2"]]);
  assert.deepEqual(signals.map(({ aborted }) => aborted), [false, false]);
});

Deno.test("when too many deliveries wait, the next is refused at once, until there is room again", async () => {
  for (const queue of [{ events: 2, characters: 1_000 }, { events: 10, characters: 3 }]) {
    const { calls, door } = slowDoor();
    const deliver = batching(door, { ...LIMITS, queue });
    const taken = ["1", "2", "3"].map((id) => deliver(inboxEvent(id)));
    const isQueueFull = ({ more }: Unavailable) => more.reason === "queue_full";
    await assert.rejects(deliver(inboxEvent("4")), isQueueFull);
    calls[0]!.answer();
    await settled();
    taken.push(deliver(inboxEvent("5")));
    calls[1]!.answer();
    await settled();
    calls[2]!.answer();
    await Promise.all(taken);
    assert.deepEqual(idsOf(calls), [["1"], ["2", "3"], ["5"]]);
  }
});
