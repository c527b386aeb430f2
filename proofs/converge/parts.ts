/** Trials of what is folded part by part: every scenario, and objects that cannot be folded. */

import type postgres from "postgres";
import { type AccessRow, readAccess } from "./access.ts";
import type { Claim } from "./claim.ts";
import { processByParts, processEvents } from "./deliver.ts";
import { indexAccess, judge } from "./judge.ts";
import {
  deliverInLockstep,
  type Divergence,
  type Lane,
  type Outcome,
  tryOrders,
} from "./lockstep.ts";
import { type Order, singly } from "./order.ts";
import { prepare, type ReadyOrder, userIdOf } from "./ready_order.ts";
import { seedFor } from "./random.ts";
import { allClaims } from "./sweep.ts";
import { foldTheRest, foldWhatCanBe } from "./unfolded.ts";
import { wordFor } from "./settings.ts";
import { DEFAULTS } from "./model/settings.ts";

/** A price is mapped after its sale, so the sale is folded part by part. */
const MAPPED_LATER = 51;

/** How many such sales wait at once. */
const SALES = 30;

/** Far more calls than these sales need. */
const MOST_CALLS = 500;

/** The sources that cannot be folded: about a third. */
const POISONED = "hashtext(source_id) % 3 = 0";

/** Every scenario, as replays of events that were too large for one call. */
export async function tryByParts(lane: Lane, seed: number): Promise<Outcome> {
  const claims = allClaims().filter(({ scenario }) =>
    wordFor(scenario.settings) === wordFor(DEFAULTS)
  );
  return await tryOrders(
    lane,
    claims.map((claim) => canonical(claim, seed)),
    judge,
    processByParts,
  );
}

/** Sales that wait for a mapping, and some that cannot be folded. They keep back no other, and are tried again. */
export async function tryUnfoldable([sql]: Lane, seed: number): Promise<Outcome> {
  const [claim] = allClaims(MAPPED_LATER);
  if (sql === undefined || claim === undefined) throw new Error("there is nothing to try");
  const ready = Array.from(
    { length: SALES },
    (_, n) => prepare(canonical(claim, seedFor(seed, n))),
  );
  const divergences = await deliverInLockstep(sql, ready, processEvents);
  await sql.unsafe(
    `alter table sesame.grants add constraint poison check (not (${POISONED})) not valid`,
  );
  try {
    const failed = await foldWhatCanBe(sql, MOST_CALLS);
    const poisoned = await poisonedUsers(sql);
    const healthy = ready.filter((one) => !poisoned.has(userIdOf(one, "ada")));
    if (failed === 0 || healthy.length === SALES) divergences.push(wrong("every sale was folded"));
    divergences.push(...judgeAll(healthy, await accessOf(sql, healthy)));
  } finally {
    await sql.unsafe("alter table sesame.grants drop constraint poison");
  }
  await sql`update sesame.unfolded_objects set next_try = now()`;
  await foldTheRest(sql);
  divergences.push(...judgeAll(ready, await accessOf(sql, ready)));
  return { orders: SALES, events: SALES, divergences };
}

function canonical(claim: Claim, seed: number): Order {
  return singly(claim, "canonical", claim.deliveries.map((_, index) => index), seed);
}

async function poisonedUsers(sql: postgres.Sql): Promise<Set<string>> {
  const rows = await sql.unsafe(
    `select user_ref from (select id as source_id, user_ref from sesame.checkout_sessions) as sale
     where ${POISONED}`,
  );
  return new Set(rows.map(({ user_ref }) => user_ref));
}

async function accessOf(sql: postgres.Sql, ready: ReadyOrder[]): Promise<AccessRow[]> {
  return await readAccess(sql, ready.map((one) => userIdOf(one, "ada")));
}

function judgeAll(ready: ReadyOrder[], rows: AccessRow[]): Divergence[] {
  const found = indexAccess(rows);
  return ready.flatMap((one) => judge(one, found).map((found) => ({ order: one.order, found })));
}

function wrong(found: string): Divergence {
  return { order: null, found };
}
