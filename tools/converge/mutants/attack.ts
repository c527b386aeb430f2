import { checkInvariants } from "../invariants.ts";
import type { Divergence, Lane } from "../lockstep.ts";
import { tryOrders } from "../lockstep.ts";
import type { Effort, Order } from "../order.ts";
import { allClaims, sweepOf } from "../sweep.ts";

/** Enough to kill every mutant, and little enough to do it for each of them. */
const EFFORT: Effort = { exhaustUpTo: 3, permuted: 10, doubled: 4, batched: 4, interleaved: 12 };

/** What killed a mutant; null: it lives. */
export interface Kill {
  by: string;
  order: string;
  orders: number;
}

/** Tries the scenarios until something goes wrong. */
export async function attack(lane: Lane, seed: number): Promise<Kill | null> {
  let tried = 0;
  for (const orders of sweepOf(allClaims(), EFFORT, seed)) {
    tried += orders.length;
    const divergences = await tryOrThrow(lane, orders);
    const first = divergences.find(({ order }) => order !== null) ?? divergences[0];
    if (first !== undefined) return kill(divergences, first, tried);
  }
  const [sql] = lane;
  const broken = sql === undefined ? [] : await checkInvariants(sql);
  return broken[0] === undefined ? null : { by: "an invariant", order: "any", orders: tried };
}

/** An error, such as a deadlock, is a divergence like any other. */
async function tryOrThrow(lane: Lane, orders: Order[]): Promise<Divergence[]> {
  try {
    return (await tryOrders(lane, orders)).divergences;
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [{ order: null, found }];
  }
}

function kill(divergences: Divergence[], { order, found }: Divergence, orders: number): Kill {
  const numbers = divergences.flatMap(({ order }) => order?.claim.scenario.number ?? []);
  const killers = [...new Set(numbers)].sort((one, other) => one - other);
  const by = killers.length === 0 ? found : `scenario ${killers.join(" ")}`;
  return { by, order: order?.kind ?? "interleaved", orders };
}
