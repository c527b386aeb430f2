/** Whether a database full of customers is as quick as an empty one. */

import { fill } from "./filling.ts";
import { openSite } from "./site.ts";
import { amount, formatTable, ratio } from "./table.ts";
import { compare, type Contender } from "./webhooks.ts";

export async function measureFlatness(rows: number, seconds: number): Promise<string> {
  await using empty = await openSite();
  await using full = await openSite();
  await fill(full.adminUrl, rows);

  const table: string[][] = [];
  for (const inFlight of [1, 64]) {
    await using webhooks = new AsyncDisposableStack();
    const contenders: Contender[] = [];
    for (const [name, site] of [["empty", empty], ["full", full]] as const) {
      const { target, cpu } = webhooks.use(await site.bootWebhook("direct"));
      contenders.push({ name, target, functionCpu: cpu, postgresCpu: site.cpu });
    }
    const figures = await compare(contenders, "mix", inFlight, seconds);
    const measure = figures.get("empty");
    for (const [name, each] of figures) {
      table.push([
        ...[String(inFlight), name],
        ...[amount(each.perSecond), ratio(each.perSecond, measure?.perSecond ?? NaN)],
        ...[amount(each.p50), ratio(each.p50, measure?.p50 ?? NaN)],
        ...[amount(each.postgresCpu), ratio(each.postgresCpu, measure?.postgresCpu ?? NaN)],
      ]);
    }
  }
  return formatTable(HEAD, table);
}

const HEAD = [
  ...["in flight", "database", "per s", "/ empty", "p50 ms", "/ empty"],
  ...["postgres µs", "/ empty"],
];
