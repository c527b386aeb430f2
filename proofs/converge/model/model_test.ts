import assert from "node:assert/strict";
import { prepare } from "../ready_order.ts";
import { indexAccess, judge } from "../judge.ts";
import { ordersOf } from "../order.ts";
import { allClaims, BRIEF } from "../sweep.ts";
import { historyOf } from "./judge.ts";
import { modelAccess } from "./model.ts";
import { newest } from "./newest.ts";

Deno.test("the model gives the access of the table of scenarios, in every order", () => {
  for (const claim of allClaims()) {
    for (const order of ordersOf(claim, BRIEF, 1)) {
      const ready = prepare(order);
      const found = indexAccess(modelAccess(historyOf(ready)));
      assert.deepEqual(judge(ready, found), [], `${claim.scenario.number} ${order.sequence}`);
    }
  }
});

/** A snapshot of second 1, from an update event. */
function snapshot(eventId: string, status: string, changed_from: Record<string, unknown> = {}) {
  return { eventId, status, stamp: 1, isFetch: false, type_rank: 2, changed_from };
}

/** Which of these the model takes as the newest, in any order. */
function newestOf(...snapshots: ReturnType<typeof snapshot>[]): string {
  const found = [snapshots, snapshots.toReversed()].map((order) =>
    newest(order, ({ status }) => status === "canceled", ({ status }) => status.length).eventId
  );
  assert.equal(found[0], found[1]);
  return found[0] ?? "";
}

Deno.test("newest() takes a final state, then the later second", () => {
  const later = { ...snapshot("b", "active"), stamp: 2 };
  assert.equal(newestOf(snapshot("a", "canceled"), later), "a");
  assert.equal(newestOf(snapshot("a", "active"), later), "b");
});

Deno.test("newest() drops a state that is the former state of another", () => {
  assert.equal(
    newestOf(snapshot("a", "past_due"), snapshot("b", "active", { status: "past_due" })),
    "b",
  );
});

Deno.test("newest() keeps states that are each other's former state, and takes the higher status", () => {
  const circle = [
    snapshot("a", "past_due", { status: "active" }),
    snapshot("b", "active", { status: "past_due" }),
  ];
  assert.equal(newestOf(...circle), "a");
});

Deno.test("newest() follows a chain within one second to its end", () => {
  const chain = [
    snapshot("c", "incomplete"),
    snapshot("b", "past_due_longest", { status: "incomplete" }),
    snapshot("a", "active", { status: "past_due_longest" }),
  ];
  assert.equal(newestOf(...chain), "a");
});
