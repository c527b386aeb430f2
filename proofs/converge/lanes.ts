/** Work shared by two databases, so that two cores are busy; each has a lane of connections. */

import { connect, type Server } from "./database.ts";
import type { Divergence, Lane, Outcome } from "./lockstep.ts";
import { CONNECTIONS } from "./order.ts";

/** The result of a run so far. */
export class Tally {
  orders = 0;
  events = 0;
  divergences: Divergence[] = [];

  add({ orders, events, divergences }: Outcome): void {
    this.orders += orders;
    this.events += events;
    this.divergences.push(...divergences);
  }
}

/** One lane for each database. */
export function openLanes(server: Server): Lane[] {
  return server.urls.map((url) => Array.from({ length: CONNECTIONS }, () => connect(url)));
}

export async function closeLanes(lanes: Lane[]): Promise<void> {
  await Promise.all(lanes.flat().map((sql) => sql.end()));
}

/** Gives the pieces of work to any free lane. Stops early after a divergence. */
export async function share<Piece>(
  lanes: Lane[],
  pieces: Iterable<Piece>,
  work: (lane: Lane, piece: Piece) => Promise<Outcome>,
  tally: Tally,
): Promise<void> {
  const waiting = pieces[Symbol.iterator]();
  await Promise.all(lanes.map(async (lane) => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      if (tally.divergences.length > 0) return;
      tally.add(await work(lane, next.value));
    }
  }));
}

/** Pieces of at most `size` members. */
export function* inPieces<Member>(members: Iterable<Member>, size: number): Iterable<Member[]> {
  let piece: Member[] = [];
  for (const member of members) {
    piece.push(member);
    if (piece.length === size) {
      yield piece;
      piece = [];
    }
  }
  if (piece.length > 0) yield piece;
}
