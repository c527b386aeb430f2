/** Compares the speed of a database full of customers with an empty one. */

import { throughFunction } from "./contenders.ts";
import { comparedCells, comparedHead, summarize } from "./figures.ts";
import { fill } from "./filling.ts";
import { openSite } from "./site.ts";
import { formatTable } from "./table.ts";
import { type Contender, type Pace, takeTurns } from "./turns.ts";

/** The events are of new customers; `renewals` measures those of stored ones. */
export async function measureFlatness(rows: number, pace: Pace): Promise<string> {
  await using empty = await openSite();
  await using full = await openSite();
  await fill(full.adminUrl, rows);

  const table: string[][] = [];
  for (const inFlight of [1, 64]) {
    await using fleets = new AsyncDisposableStack();
    const contenders: Contender[] = [];
    for (const [name, site] of [["empty", empty], ["full", full]] as const) {
      const fleet = fleets.use(await site.bootWebhook("direct"));
      contenders.push(throughFunction(name, site, fleet, { story: "mix", inFlight }));
    }
    const turns = await takeTurns(contenders, pace);
    const yardstick = summarize(turns.get("empty") ?? []);
    for (const [name, taken] of turns) {
      const figures = name === "empty" ? yardstick : summarize(taken);
      table.push([String(inFlight), name, ...comparedCells(figures, yardstick)]);
    }
  }
  return formatTable(["in flight", "database", ...comparedHead("empty")], table);
}
