/**
 * What this machine allows at most: the same function in front of an RPC that stores the inbox row and decides
 * nothing, and of one that does nothing at all.
 *
 * @module
 */

import { throughFunction, throughPeer } from "./contenders.ts";
import { comparedCells, comparedHead, summarize } from "./figures.ts";
import type { Fleet } from "./fleet.ts";
import { openPeer } from "./peer.ts";
import { openSite, type Site } from "./site.ts";
import { formatTable } from "./table.ts";
import { runOn } from "../../local/database_copies.ts";
import { type Pace, takeTurns } from "./turns.ts";

/** Pairs of requests in flight and processes. */
export async function measureCeiling(spreads: [number, number][], pace: Pace): Promise<string> {
  await using site = await openSite();
  await using peer = await openPeer(site);
  const urls = new Map([
    ["Sesame", site.webhookUrl],
    ["inbox row only", await addLimit(site, "inbox_only")],
    ["empty RPC", await addLimit(site, "empty_rpc")],
  ]);
  const rows: string[][] = [];
  for (const [inFlight, processes] of spreads) {
    const load = { story: "mix", inFlight } as const;
    await using fleets = new AsyncDisposableStack();
    const theirs = fleets.use(await peer.boot({ processes }));
    const contenders = [throughPeer(peer, site, theirs, load)];
    for (const [name, webhookUrl] of urls) {
      const fleet: Fleet = fleets.use(await site.bootWebhook("direct", { processes, webhookUrl }));
      contenders.push(throughFunction(name, site, fleet, load));
    }
    const turns = await takeTurns(contenders, pace);
    const yardstick = summarize(turns.get(peer.name) ?? []);
    for (const [name, taken] of turns) {
      const figures = name === peer.name ? yardstick : summarize(taken);
      rows.push([String(inFlight), String(processes), name, ...comparedCells(figures, yardstick)]);
    }
  }
  return formatTable(["in flight", "processes", "through", ...comparedHead("peer")], rows);
}

/** A database of its own, where the RPC is replaced. The product has no such function. */
async function addLimit(site: Site, name: "inbox_only" | "empty_rpc"): Promise<string> {
  const { adminUrl, webhookUrl } = await site.addDatabase(name);
  await runOn(adminUrl, await Deno.readTextFile(new URL(`./ceiling/${name}.sql`, import.meta.url)));
  return webhookUrl;
}
