/** Prints a divergence so that it can be replayed. */

import type { Delivery } from "./claim.ts";
import type { Divergence, Lane } from "./lockstep.ts";
import { type Order, singly } from "./order.ts";
import { wordFor } from "./settings.ts";
import { shrink } from "./shrink.ts";
import { DAY, T0 } from "./stripe/clock.ts";
import { allClaims } from "./sweep.ts";
import { task } from "../../diagnosis/task_command.ts";

/** The lines that describe a divergence, with its shortest form if one is found. */
export async function report(lane: Lane, { order, found }: Divergence): Promise<string[]> {
  if (order === null) return [`✗ ${found}`];
  const { scenario, chapter } = order.claim;
  const shortest = await shrink(lane, order).catch(() => null);
  return [
    `✗ scenario ${scenario.number} "${scenario.name}", claim ${chapter}, ${order.kind} order: ${found}`,
    `  under ${wordFor(scenario.settings)}`,
    ...listOf(order),
    ...shortest === null ? [] : ["  and in its shortest form:", ...listOf(shortest)],
    ...scenario.number === 0 ? [] : [`  again: ${task(`test:converge --replay ${nameOf(order)}`)}`],
  ];
}

/** The name of an order: scenario, claim, seed of its ids, and its calls, as in `14:0:7:2,0+1`. */
export function nameOf({ claim, seed, sequence, calls }: Order): string {
  const places = sequence.map((index, place) => {
    if (place === 0) return `${index}`;
    return `${calls[place] === calls[place - 1] ? "+" : ","}${index}`;
  });
  return [claim.scenario.number, claim.chapter, seed, places.join("")].join(":");
}

/** The order of that name; null: there is none. */
export function orderNamed(name: string): Order | null {
  const [scenario, chapter, seed, list] = name.split(":");
  const claim = allClaims(Number(scenario)).find((one) => one.chapter === Number(chapter));
  if (claim === undefined || list === undefined) return null;
  const calls = list.split(",").map((call) => call.split("+").map(Number));
  const order = singly(claim, "permuted", calls.flat(), Number(seed));
  return { ...order, calls: calls.flatMap((members, call) => members.map(() => call)) };
}

function listOf({ claim, sequence, calls, connections }: Order): string[] {
  return sequence.map((index, place) => {
    const by = connections === null ? "" : ` of connection ${connections[place]}`;
    const delivery = `${String(index).padStart(2)} ${describe(claim.deliveries[index])}`;
    return `    call ${String(calls[place]).padStart(2)}${by}: ${delivery}`;
  });
}

function describe(delivery: Delivery | undefined): string {
  if (delivery === undefined) return "";
  const { what } = delivery;
  if ("act" in what) return JSON.stringify(what);
  const { type, created, facts } = what.event;
  const day = Number(((created - T0) / DAY).toFixed(3));
  const states = facts.map((fact) => "status" in fact ? `${fact.id} ${fact.status}` : fact.id);
  return `day ${day} ${type} ${states.join(", ")}`;
}
