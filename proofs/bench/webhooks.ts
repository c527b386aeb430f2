/**
 * The function with each door beside the same RPC called without it. The yardstick is the RPC over one
 * connection: over many connections, single calls queue for the one writer, so a multiple of that would flatter.
 *
 * @module
 */

import {
  bareInsert,
  type Load,
  throughFunction,
  throughPgbench,
  throughRpc,
} from "./contenders.ts";
import { comparedCells, comparedHead, summarize } from "./figures.ts";
import { findPgbench } from "./pgbench.ts";
import type { Site } from "./site.ts";
import { formatTable, ratio } from "./table.ts";
import { type Contender, type Pace, takeTurns } from "./turns.ts";

const YARDSTICK = "rpc, 1 connection";

/** The table of the mix at these numbers in flight. */
export async function measureWebhooks(site: Site, crowds: number[], pace: Pace): Promise<string> {
  const program = await findPgbench();
  const rows: string[][] = [];
  for (const inFlight of crowds) {
    await using fleets = new AsyncDisposableStack();
    const contenders = await contendersOf(site, { story: "mix", inFlight }, program, fleets);
    const turns = await takeTurns(contenders, pace);
    const yardstick = summarize(turns.get(YARDSTICK) ?? []);
    const pgbench = turns.get(PGBENCH);
    const bare = pgbench === undefined ? NaN : summarize(pgbench).p50;
    for (const [name, taken] of turns) {
      const figures = name === YARDSTICK ? yardstick : summarize(taken);
      const cells = comparedCells(figures, yardstick);
      rows.push([
        String(inFlight),
        name,
        ...cells.slice(0, 3),
        ratio(figures.p50, bare),
        ...cells.slice(3),
      ]);
    }
  }
  const head = comparedHead("rpc");
  const table = formatTable([
    "in flight",
    "through",
    ...head.slice(0, 3),
    "p50 / pgbench",
    ...head.slice(3),
  ], rows);
  return program === null ? `${table}\n\n${NO_PGBENCH}` : table;
}

const PGBENCH = "pgbench -M prepared, the same call";
const NO_PGBENCH =
  "pgbench is not installed (Debian: postgresql-contrib), so nothing is compared with it.";

async function contendersOf(
  site: Site,
  load: Load,
  program: string | null,
  fleets: AsyncDisposableStack,
): Promise<Contender[]> {
  const contenders = [throughRpc(YARDSTICK, site, { ...load, inFlight: 1 })];
  if (load.inFlight === 1) {
    if (program !== null) contenders.push(throughPgbench(program, site, load.story));
    contenders.push(bareInsert(site, load));
  } else contenders.push(throughRpc(`rpc, ${load.inFlight} connections`, site, load));
  for (const door of ["direct", "api"] as const) {
    const fleet = fleets.use(await site.bootWebhook(door));
    contenders.push(throughFunction(`function, ${NAMES[door]}`, site, fleet, load));
  }
  return contenders;
}

const NAMES = { direct: "direct door", api: "Data API stand-in" };
