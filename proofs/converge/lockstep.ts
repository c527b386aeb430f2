import type postgres from "postgres";
import { type AccessRow, findActive, readAccess } from "./access.ts";
import { deliver, processEvents, processSingly, processWhileBusy, type Send } from "./deliver.ts";
import { prepare, type ReadyOrder, type ReadyStep, userIdOf } from "./ready_order.ts";
import { indexAccess, judge } from "./judge.ts";
import { CONNECTIONS, type Order } from "./order.ts";
import { changeSettings } from "./change_settings.ts";
import { DEFAULTS, type Settings } from "./model/settings.ts";
import { wordFor } from "./settings.ts";
import { foldTheRest } from "./unfolded.ts";

/** An order that did not end as it should, or something that should never happen. */
export interface Divergence {
  /** Null: it concerns the whole database. */
  order: Order | null;
  found: string;
}

/** The result of a batch of orders. */
export interface Outcome {
  orders: number;
  events: number;
  divergences: Divergence[];
}

/** The connections to one database. */
export type Lane = readonly postgres.Sql[];

/** Compares the access after an order with the expected access. Returns the differences. */
export type Judge = (ready: ReadyOrder, found: Map<string, AccessRow>) => string[];

/**
 * Tries many orders at once. Each has its own customers, and call k carries the k-th event of every order.
 * One shared call costs a fraction of separate calls, and proves the same. Orders with several connections
 * are delivered by these connections, which do not wait for each other. `send` replaces the way of the orders.
 */
export async function tryOrders(
  lane: Lane,
  orders: Order[],
  judged: Judge = judge,
  send: Send | null = null,
): Promise<Outcome> {
  const broken = await changeSettings(connection(lane, 0), settingsOf(orders));
  if (broken.length > 0) return { orders: 0, events: 0, divergences: ofDatabase(broken) };

  const ready = orders.map(prepare);
  const divergences = send === null
    ? await deliverAs(ready[0]?.order.kind, lane, ready)
    : await deliverInLockstep(connection(lane, 0), ready, send);
  divergences.push(...await judgeAll(connection(lane, 0), ready, judged));
  const events = ready.reduce((sum, { steps }) => sum + steps.length, 0);
  return { orders: orders.length, events, divergences };
}

/** All orders of one piece are of one way. */
function deliverAs(
  kind: Order["kind"] | undefined,
  lane: Lane,
  ready: ReadyOrder[],
): Promise<Divergence[]> {
  if (kind === "interleaved") return deliverInterleaved(lane, ready);
  return deliverInLockstep(connection(lane, 0), ready, sendAs(kind, lane));
}

function sendAs(kind: Order["kind"] | undefined, lane: Lane): Send {
  if (kind === "busy") return processWhileBusy(connection(lane, 1));
  return kind === "alone" ? processSingly : processEvents;
}

/** Call by call; after each, no order without evidence of payment may have anything open. */
export async function deliverInLockstep(
  sql: postgres.Sql,
  ready: ReadyOrder[],
  send: Send,
): Promise<Divergence[]> {
  const divergences: Divergence[] = [];
  let unpaid = ready;
  for (let call = 0; call < callsOf(ready); call++) {
    const failed = await deliver(sql, stepsOf(ready, call), send);
    divergences.push(...ofDatabase(failed));

    unpaid = unpaid.filter(({ steps }) =>
      !steps.some((step) => step.call <= call && step.isEvidence)
    );
    const owners = new Map(
      unpaid.flatMap((one) => usersOf(one).map((userId) => [userId, one.order])),
    );
    for (const userId of await findActive(sql, [...owners.keys()])) {
      const found = `open after ${call + 1} calls, without evidence of payment`;
      divergences.push({ order: owners.get(userId) ?? null, found });
    }
  }
  return divergences;
}

/** Each connection delivers its own share of every order, and waits for no other connection. */
async function deliverInterleaved(lane: Lane, ready: ReadyOrder[]): Promise<Divergence[]> {
  const failed = await Promise.all(Array.from({ length: CONNECTIONS }, async (_, number) => {
    const failed: string[] = [];
    for (let call = 0; call < callsOf(ready); call++) {
      failed.push(...await deliver(connection(lane, number), stepsOf(ready, call, number)));
    }
    return failed;
  }));
  return ofDatabase(failed.flat());
}

function ofDatabase(found: string[]): Divergence[] {
  return found.map((found) => ({ order: null, found }));
}

/** All orders of one call need the same settings, because the database has one row of settings. */
function settingsOf(orders: Order[]): Settings {
  const [settings = DEFAULTS, ...others] = orders.map(({ claim }) => claim.scenario.settings);
  const isAlike = others.every((other) => wordFor(other) === wordFor(settings));
  if (!isAlike) throw new Error("these orders need different settings");
  return settings;
}

async function judgeAll(
  sql: postgres.Sql,
  ready: ReadyOrder[],
  judged: Judge,
): Promise<Divergence[]> {
  await foldTheRest(sql);
  const found = indexAccess(await readAccess(sql, ready.flatMap(usersOf)));
  return ready.flatMap((one) => judged(one, found).map((found) => ({ order: one.order, found })));
}

/** The user ids of all personas of an order. */
export function usersOf(ready: ReadyOrder): string[] {
  return ready.order.claim.personas.map((persona) => userIdOf(ready, persona));
}

/** The steps of a call of a connection. */
function stepsOf(ready: ReadyOrder[], call: number, connection = 0): ReadyStep[] {
  return ready.flatMap(({ steps }) =>
    steps.flatMap((one) => one.call === call && one.connection === connection ? one.step : [])
  );
}

function callsOf(ready: ReadyOrder[]): number {
  return ready.reduce((most, { order }) => Math.max(most, ...order.calls), -1) + 1;
}

function connection(lane: Lane, number: number): postgres.Sql {
  const sql = lane[number];
  if (sql === undefined) throw new Error(`this lane has no connection ${number}`);
  return sql;
}
