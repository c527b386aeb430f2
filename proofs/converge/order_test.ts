import assert from "node:assert/strict";
import { prepare, userIdOf } from "./ready_order.ts";
import { type Effort, ordersOf, randomOrder } from "./order.ts";
import { random, shuffle } from "./random.ts";
import { nameOf, orderNamed } from "./report.ts";
import { allClaims } from "./sweep.ts";

const EFFORT: Effort = {
  exhaustUpTo: 4,
  permuted: 5,
  doubled: 3,
  batched: 3,
  busy: 2,
  alone: 2,
  interleaved: 2,
};

function claim(scenario: number, chapter = 0) {
  const found = allClaims(scenario)[chapter];
  assert.ok(found !== undefined);
  return found;
}

Deno.test("shuffle() with the same seed shuffles the same", () => {
  const members = [1, 2, 3, 4, 5, 6, 7, 8];
  assert.deepEqual(shuffle(members, random(5)), shuffle(members, random(5)));
  assert.notDeepEqual(shuffle(members, random(5)), shuffle(members, random(6)));
});

Deno.test("ordersOf() tries all permutations of a short story, each once", () => {
  const orders = ordersOf(claim(9), EFFORT, 1).filter(({ kind }) => kind === "permuted");
  assert.equal(new Set(orders.map(({ sequence }) => sequence.join())).size, 6);
});

Deno.test("ordersOf() doubles every delivery, and spreads the interleaved ones over connections", () => {
  const orders = ordersOf(claim(9), EFFORT, 1);
  for (const { sequence } of orders.filter(({ kind }) => kind === "doubled")) {
    assert.deepEqual(sequence.toSorted(), [0, 0, 1, 1, 2, 2]);
  }
  assert.ok(orders.some(({ connections }) => new Set(connections).size > 1));
});

Deno.test("acts keep their order and happen once", () => {
  const acts = claim(54, 1);
  const isAct = (index: number) => "act" in (acts.deliveries[index]?.what ?? {});
  for (const { sequence } of [...ordersOf(acts, EFFORT, 1), randomOrder(acts, 7)]) {
    assert.deepEqual(sequence.filter(isAct), [3, 4, 5]);
  }
});

Deno.test("prepare() gives every order new ids, and the same object the same id", () => {
  const [one, other] = ordersOf(claim(12), EFFORT, 1).map(prepare);
  assert.ok(one !== undefined && other !== undefined);
  const text = JSON.stringify(one.steps);
  assert.doesNotMatch(text, /@/);
  assert.equal(new Set(text.match(/pi_[\da-f]+/g)).size, 1);
  assert.notEqual(userIdOf(one, "ada"), userIdOf(other, "ada"));
});

Deno.test("a batched order has several deliveries in one call, and its name shows them", () => {
  const batched = ordersOf(claim(12), EFFORT, 1).filter(({ kind }) => kind === "batched");
  assert.equal(batched.length, EFFORT.batched);
  for (const order of batched) {
    assert.ok(new Set(order.calls).size < order.sequence.length);
    const again = orderNamed(nameOf(order));
    assert.deepEqual([again?.sequence, again?.calls], [order.sequence, order.calls]);
  }
});

Deno.test("orderNamed() returns null for an unknown claim", () => {
  assert.equal(orderNamed("999:0:1:0,1"), null);
});
