/**
 * Purchases that only their prices identify: Sesame asks Stripe before it answers. The peer asks Stripe for
 * the lines of every checkout.
 *
 * @module
 */

import { throughFunction, throughPeer } from "./contenders.ts";
import { comparedCells, comparedHead, summarize } from "./figures.ts";
import { openPeer } from "./peer.ts";
import { openSite } from "./site.ts";
import { startStripeStub } from "./stripe_stub.ts";
import { amount, formatTable } from "./table.ts";
import { type Pace, takeTurns, type Turn } from "./turns.ts";

/** At each of these delays of Stripe's, in milliseconds. */
export async function measurePriced(
  delays: number[],
  crowds: number[],
  pace: Pace,
): Promise<string> {
  await using site = await openSite();
  await using peer = await openPeer(site);
  // One for each side, so that the calls of each are counted.
  await using stripe = startStripeStub();
  await using peersStripe = startStripeStub();
  await using ours = await site.bootWebhook("direct", { stripeUrl: stripe.url });
  await using theirs = await peer.boot({ stripeUrl: peersStripe.url });

  const rows: string[][] = [];
  for (const delay of delays) {
    for (const each of [stripe, peersStripe]) each.slowDown(delay);
    for (const inFlight of crowds) {
      const load = { story: "priced", inFlight } as const;
      const turns = await takeTurns([
        { ...throughPeer(peer, site, theirs, load), counter: peersStripe.calls },
        { ...throughFunction("Sesame", site, ours, load), counter: stripe.calls },
      ], pace);
      const yardstick = summarize(turns.get(peer.name) ?? []);
      for (const [name, taken] of turns) {
        rows.push([
          ...[String(delay), String(inFlight), name, amount(countedEach(taken))],
          ...comparedCells(name === peer.name ? yardstick : summarize(taken), yardstick),
        ]);
      }
    }
  }
  const head = ["Stripe's delay ms", "in flight", "through", "API calls an event"];
  return formatTable([...head, ...comparedHead("peer")], rows);
}

/** What the counter counted, for each event. */
function countedEach(turns: Turn[]): number {
  const sum = (of: (turn: Turn) => number) => turns.reduce((all, turn) => all + of(turn), 0);
  return sum(({ counted }) => counted) / sum(({ latencies }) => latencies.length);
}
