/**
 * `deno task test:converge`: proves that access is a function of the set of events.
 *
 *     deno task test:converge [--runs N] [--seed S] [--scenario N] [--replay ORDER]
 *
 * Without flags: the regular orders of every scenario, 1,000 random lives, a rebuild both ways, a load.
 * More `--runs` add random orders and lives; `--scenario` tries one alone; `--replay` repeats the order
 * that a divergence was printed with. Exits 1 where anything ended otherwise than it should.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { complain, Complaint, runProgram, say } from "../../local/terminal.ts";
import { startServer } from "./database.ts";
import { LOAD, runLoad } from "./load.ts";
import type { Divergence } from "./lockstep.ts";
import { orderNamed, report } from "./report.ts";
import { type Run, runLives, runOrders, runRebuild, startRun } from "./run.ts";
import { allClaims, FULL, moreOrders, sweepOf } from "./sweep.ts";

/** Random lives beside the scenarios: one for so many orders. */
const ORDERS_PER_LIFE = 20;

interface Flags {
  runs: number;
  seed: number;
  scenario: number | null;
  replay: string | null;
}

async function converge(): Promise<number> {
  const flags = readFlags(Deno.args);
  say(`Seed ${flags.seed}. Starting Postgres …`);
  await using server = await startServer(4);
  const [first, second, third, fourth] = server.urls as [string, string, string, string];
  const run = startRun({ ...server, urls: [first, second] });
  const progress = tellProgress(run);
  try {
    if (flags.replay !== null) await replay(run, flags.replay);
    else {
      await tryAll(run, flags);
      clearInterval(progress);
      if (flags.scenario === null && run.tally.divergences.length === 0) {
        await tryRebuildAndLoad(run, [third, fourth], flags.seed);
      }
    }
    return await conclude(run);
  } finally {
    clearInterval(progress);
    await run.close();
  }
}

async function replay(run: Run, name: string): Promise<void> {
  const order = orderNamed(name);
  if (order === null) throw new Complaint(`no order is named ${name}`);
  await runOrders(run, [[order]]);
}

async function tryAll(run: Run, { runs, seed, scenario }: Flags): Promise<void> {
  const claims = allClaims(scenario);
  if (claims.length === 0) throw new Complaint(`there is no scenario ${scenario}`);
  const regular = sweepOf(claims, FULL, seed);
  await runOrders(run, regular);
  if (scenario === null) await runLives(run, Math.ceil(runs / ORDERS_PER_LIFE), seed);
  const { orders } = run.tally;
  if (orders < runs) await runOrders(run, moreOrders(claims, runs - orders, seed));
}

async function tryRebuildAndLoad(run: Run, urls: [string, string], seed: number): Promise<void> {
  const [some = []] = sweepOf(allClaims(), FULL, seed);
  const rebuilt = await runRebuild(urls[0], some, seed);
  run.tally.divergences.push(...rebuilt);
  if (rebuilt.length === 0) say("Rebuilt from the facts, and from the inbox: identical.");

  const { seconds, retries, divergences } = await runLoad(urls[1], LOAD, seed);
  run.tally.divergences.push(...divergences);
  const figures = [
    `Load: ${LOAD.connections} connections`,
    `${count(LOAD.events)} events of ${count(LOAD.lifecycles)} lifecycles`,
    `${divergences.length} errors`,
    `${retries} told to come back`,
    `${count(LOAD.events / seconds)} events/s`,
  ];
  say(`${figures.join(", ")}.`);
}

/** The last line, and what went wrong above it. */
async function conclude({ tally, lanes }: Run): Promise<number> {
  const shown: Divergence[] = tally.divergences.slice(0, 5);
  for (const one of shown) complain(...await report(lanes[0] ?? [], one));
  say(
    `${count(tally.orders)} orders, ${count(tally.events)} events, ` +
      `${count(tally.divergences.length)} divergences`,
  );
  return tally.divergences.length === 0 ? 0 : 1;
}

function tellProgress({ tally }: Run): ReturnType<typeof setInterval> {
  const start = performance.now();
  return setInterval(() => {
    const seconds = Math.round((performance.now() - start) / 1000);
    say(`  ${seconds} s: ${count(tally.orders)} orders, ${count(tally.events)} events`);
  }, 15_000);
}

function readFlags(args: string[]): Flags {
  try {
    const option = { type: "string" } as const;
    const options = { runs: option, seed: option, scenario: option, replay: option };
    const { values } = parseArgs({ args, options });
    const scenario = whole(values.scenario, "--scenario");
    return {
      runs: whole(values.runs, "--runs") ?? (scenario === null ? 20_000 : 0),
      seed: whole(values.seed, "--seed") ?? Math.floor(Math.random() * 2 ** 31),
      scenario,
      replay: values.replay ?? null,
    };
  } catch (error) {
    throw error instanceof TypeError ? new Complaint(error.message) : error;
  }
}

function whole(text: string | undefined, flag: string): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,10}$/.test(text)) throw new Complaint(`${flag} takes a whole number, not ${text}`);
  return Number(text);
}

function count(number: number): string {
  return Math.round(number).toLocaleString("en");
}

if (import.meta.main) await runProgram(converge);
