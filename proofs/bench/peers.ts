/** The function beside the peer: by type of event, and spread over several processes. */

import { throughFunction, throughPeer } from "./contenders.ts";
import { comparedCells, comparedHead, summarize } from "./figures.ts";
import { openPeer, type Peer } from "./peer.ts";
import { openSite, type Site } from "./site.ts";
import type { PlainStory } from "./stories.ts";
import { formatTable } from "./table.ts";
import { type Pace, takeTurns } from "./turns.ts";

/** One line of the comparison. */
interface Setting {
  story: PlainStory;
  inFlight: number;
  processes: number;
}

const STORIES = ["mix", "checkout", "updated", "invoice"] as const;

/** One process, by type of event. */
export async function measureTypes(crowds: number[], pace: Pace): Promise<string> {
  return await measure(
    STORIES.flatMap((story) => crowds.map((inFlight) => ({ story, inFlight, processes: 1 }))),
    pace,
  );
}

/** The same load spread over more and more processes, as the platform does it. */
export async function measureProcesses(spreads: [number, number][], pace: Pace): Promise<string> {
  return await measure(
    spreads.map(([inFlight, processes]) => ({ story: "mix", inFlight, processes })),
    pace,
  );
}

async function measure(settings: Setting[], pace: Pace): Promise<string> {
  await using site = await openSite();
  await using peer = await openPeer(site);
  const rows: string[][] = [];
  for (const setting of settings) rows.push(...await compare(setting, site, peer, pace));
  return formatTable(["story", "in flight", "processes", "through", ...comparedHead("peer")], rows);
}

async function compare(
  { processes, ...load }: Setting,
  site: Site,
  peer: Peer,
  pace: Pace,
): Promise<string[][]> {
  await using ours = await site.bootWebhook("direct", { processes });
  await using theirs = await peer.boot({ processes });
  const turns = await takeTurns([
    throughPeer(peer, site, theirs, load),
    throughFunction("Sesame", site, ours, load),
  ], pace);
  const yardstick = summarize(turns.get(peer.name) ?? []);
  return [...turns].map(([name, taken]) => [
    ...[load.story, String(load.inFlight), String(processes), name],
    ...comparedCells(name === peer.name ? yardstick : summarize(taken), yardstick),
  ]);
}
