/** `deno task test:converge`: proves that access is a function of the set of events. */

import { command } from "../../cli/frame.ts";
import { value, whole } from "../../cli/options.ts";
import { printError, say, UserError } from "../../local/terminal.ts";
import { startServer } from "./database.ts";
import { LOAD, runLoad } from "./load.ts";
import type { Divergence } from "./lockstep.ts";
import { orderNamed, report } from "./report.ts";
import { type Run, runLives, runOrders, runRebuild, startRun } from "./run.ts";
import { allClaims, FULL, moreOrders, sweepOf } from "./sweep.ts";

/** One random life for this many orders of the scenarios. */
const ORDERS_PER_LIFE = 20;

interface ConvergeOptions {
  runs: number;
  seed: number;
  scenario: number | null;
  /** The name of the one order to repeat. */
  replay: string | null;
}

const convergence = command({
  name: "test:converge",
  summary: "Prove that any order of the same events gives the same access",
  details:
    "Without options: the regular orders of every scenario, 1,000 random lives, a rebuild both ways, and a load.",
  options: {
    runs: value(
      "<number>",
      "try at least so many orders; more add random ones (default: 20000)",
      whole,
    ),
    seed: value(
      "<number>",
      "the seed of the random orders and lives; without it, a random one",
      whole,
    ),
    scenario: value("<number>", "try this scenario alone", whole),
    replay: value("<order>", "repeat the order that a divergence was printed with"),
  },
  examples: ["", "--runs 100000 --seed 7", "--scenario 12"],
  exitCodes: ["no order diverges", "an order diverges; it is printed"],
  run: ({ options: { runs, seed, scenario = null, replay = null } }) =>
    converge({
      runs: runs ?? (scenario === null ? 20_000 : 0),
      seed: seed ?? Math.floor(Math.random() * 2 ** 31),
      scenario,
      replay,
    }),
});

async function converge(options: ConvergeOptions): Promise<number> {
  say(`Seed ${options.seed}. Starting Postgres …`);
  await using server = await startServer(4);
  const [first, second, third, fourth] = server.urls as [string, string, string, string];
  const run = startRun({ ...server, urls: [first, second] });
  const progress = showProgress(run);
  try {
    if (options.replay !== null) await replay(run, options.replay);
    else {
      await tryAll(run, options);
      clearInterval(progress);
      if (options.scenario === null && run.tally.divergences.length === 0) {
        await tryRebuildAndLoad(run, [third, fourth], options.seed);
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
  if (order === null) throw new UserError(`no order is named ${name}`);
  await runOrders(run, [[order]]);
}

async function tryAll(run: Run, { runs, seed, scenario }: ConvergeOptions): Promise<void> {
  const claims = allClaims(scenario);
  if (claims.length === 0) throw new UserError(`there is no scenario ${scenario}`);
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
    `${retries} asked to come back`,
    `${count(LOAD.events / seconds)} events/s`,
  ];
  say(`${figures.join(", ")}.`);
}

/** The last line, with the divergences above it. */
async function conclude({ tally, lanes }: Run): Promise<number> {
  const shown: Divergence[] = tally.divergences.slice(0, 5);
  for (const one of shown) printError(...await report(lanes[0] ?? [], one));
  say(
    `${count(tally.orders)} orders, ${count(tally.events)} events, ` +
      `${count(tally.divergences.length)} divergences`,
  );
  return tally.divergences.length === 0 ? 0 : 1;
}

function showProgress({ tally }: Run): ReturnType<typeof setInterval> {
  const start = performance.now();
  return setInterval(() => {
    const seconds = Math.round((performance.now() - start) / 1000);
    say(`  ${seconds} s: ${count(tally.orders)} orders, ${count(tally.events)} events`);
  }, 15_000);
}

function count(number: number): string {
  return Math.round(number).toLocaleString("en");
}

if (import.meta.main) await convergence.runAndExit();
