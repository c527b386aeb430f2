import { readAccess } from "./access.ts";
import { deliver } from "./deliver.ts";
import { draw } from "./drawn.ts";
import { indexAccess } from "./judge.ts";
import { type Lane, usersOf } from "./lockstep.ts";
import { judgeByModel } from "./model/judge.ts";
import { type Order, singly } from "./order.ts";

/**
 * The same order with every delivery left out that the divergence does not need: what remains still
 * ends otherwise in the database than in the model. Null where they agree, or where it takes luck.
 */
export async function shrink(lane: Lane, order: Order): Promise<Order | null> {
  // One by one first: most divergences need neither company nor luck.
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
  const drawn = draw(order);
  for (const { step } of drawn.steps) await deliver(sql, [step]);
  const found = indexAccess(await readAccess(sql, usersOf(drawn)));
  return judgeByModel(drawn, found).length > 0;
}
