import { readAccess } from "./access.ts";
import { deliver } from "./deliver.ts";
import { prepare } from "./ready_order.ts";
import { indexAccess } from "./judge.ts";
import { type Lane, usersOf } from "./lockstep.ts";
import { judgeByModel } from "./model/judge.ts";
import { type Order, singly } from "./order.ts";

/**
 * The same order without the deliveries that the divergence does not need. What remains still differs
 * between database and model. Null: they agree, or the divergence depends on timing.
 */
export async function shrink(lane: Lane, order: Order): Promise<Order | null> {
  // One call for each delivery first: most divergences need no second connection.
  let shortest = singly(order.claim, order.kind, order.sequence, order.seed);
  if (!await goesWrong(lane, shortest)) return null;
  for (let place = 0; place < shortest.sequence.length;) {
    const without = shortest.sequence.toSpliced(place, 1);
    const shorter = singly(order.claim, order.kind, without, order.seed);
    if (await goesWrong(lane, shorter)) shortest = shorter;
    else place++;
  }
  return shortest;
}

async function goesWrong([sql]: Lane, order: Order): Promise<boolean> {
  if (sql === undefined) return false;
  const ready = prepare(order);
  for (const { step } of ready.steps) await deliver(sql, [step]);
  const found = indexAccess(await readAccess(sql, usersOf(ready)));
  return judgeByModel(ready, found).length > 0;
}
