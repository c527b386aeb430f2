/**
 * Webhooks a second through the function, by each door, beside the same RPC called one event a call
 * over as many direct connections; and what each event costs the machine.
 *
 * @module
 */

import { type Client, join, startClient } from "./client.ts";
import type { CpuMeter } from "./cpu.ts";
import type { Figures } from "./figures.ts";
import type { Stretch } from "./load.ts";
import { runPgbench } from "./pgbench.ts";
import type { Door, Site } from "./site.ts";
import type { Story } from "./stories.ts";
import { amount, formatTable, percentile, ratio } from "./table.ts";
import type { Target } from "./targets.ts";

/** What the load goes to, under the name it has in the table. */
export interface Contender {
  name: string;
  target: Target;
  /** Of the function's process; null where there is none. */
  functionCpu: CpuMeter | null;
  /** Of the Postgres behind it. */
  postgresCpu: CpuMeter;
}

/** Rounds for each contender: they alternate, so that other load disturbs all alike. */
const ROUNDS = 3;

/** Which contenders there are beside the RPC, and for how long each is measured. */
export interface WebhookOptions {
  /** Of each figure, in seconds. */
  seconds: number;
  doors: readonly Door[];
  /** A bare insert + commit, as the floor. */
  floor: boolean;
  pgbench: boolean;
}

/** The table of one story at several numbers in flight; the RPC is the measure of the others. */
export async function measureWebhooks(
  site: Site,
  story: Story,
  crowds: number[],
  options: WebhookOptions,
): Promise<string> {
  const rows: string[][] = [];
  for (const inFlight of crowds) {
    await using webhooks = new AsyncDisposableStack();
    const contenders = await bootContenders(site, webhooks, options);
    const figures = await compare(contenders, story, inFlight, options.seconds);
    if (options.pgbench) {
      figures.set(NAMES.pgbench, await runPgbench(site, story, inFlight, options.seconds));
    }
    const measure = figures.get(NAMES.rpc);
    for (const [name, each] of figures) {
      rows.push([String(inFlight), name, ...cells(each, measure)]);
    }
  }
  return formatTable(HEAD, rows);
}

async function bootContenders(
  site: Site,
  webhooks: AsyncDisposableStack,
  { doors, floor }: WebhookOptions,
): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const door of doors) {
    const { target, cpu } = webhooks.use(await site.bootWebhook(door));
    contenders.push({ name: door, target, functionCpu: cpu, postgresCpu: site.cpu });
  }
  for (const kind of floor ? ["rpc", "insert"] as const : ["rpc"] as const) {
    const target = { kind, dbUrl: site.webhookUrl };
    contenders.push({ name: NAMES[kind], target, functionCpu: null, postgresCpu: site.cpu });
  }
  return contenders;
}

const NAMES = {
  rpc: "rpc, one event a call",
  insert: "bare insert + commit",
  pgbench: "pgbench, the same (mean)",
};

const HEAD = [
  ...["in flight", "through", "per s", "/ rpc", "p50 ms", "/ rpc", "p99 ms"],
  ...["function µs", "postgres µs", "/ rpc"],
];

/** Every contender in turn, several rounds; all are warm before the first begins. */
export async function compare(
  contenders: Contender[],
  story: Story,
  inFlight: number,
  seconds: number,
): Promise<Map<string, Figures>> {
  await using clients = new AsyncDisposableStack();
  const lanes: { contender: Contender; client: Client; rounds: Round[] }[] = [];
  for (const contender of contenders) {
    const client = clients.use(await startClient({ target: contender.target, story, inFlight }));
    lanes.push({ contender, client, rounds: [] });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const lane of lanes) {
      lane.rounds.push(await take(lane.contender, () => lane.client.run(seconds / ROUNDS)));
    }
  }
  return new Map(lanes.map(({ contender, rounds }) => [contender.name, summarize(rounds)]));
}

interface Round {
  stretch: Stretch;
  functionCpu: number;
  postgresCpu: number;
}

async function take(
  { functionCpu, postgresCpu }: Contender,
  run: () => Promise<Stretch>,
): Promise<Round> {
  const before = [functionCpu?.() ?? 0, postgresCpu()] as const;
  const stretch = await run();
  return {
    stretch,
    functionCpu: (functionCpu?.() ?? 0) - before[0],
    postgresCpu: postgresCpu() - before[1],
  };
}

function summarize(rounds: Round[]): Figures {
  const { latencies, elapsed } = join(rounds.map(({ stretch }) => stretch));
  const each = (cost: (round: Round) => number) =>
    rounds.reduce((sum, round) => sum + cost(round), 0) / latencies.length;
  return {
    perSecond: 1_000 * latencies.length / elapsed,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    functionCpu: each((round) => round.functionCpu),
    postgresCpu: each((round) => round.postgresCpu),
  };
}

function cells(each: Figures, measure: Figures | undefined): string[] {
  return [
    amount(each.perSecond),
    ratio(each.perSecond, measure?.perSecond ?? NaN),
    amount(each.p50),
    ratio(each.p50, measure?.p50 ?? NaN),
    amount(each.p99),
    each.functionCpu === 0 ? "" : amount(each.functionCpu),
    amount(each.postgresCpu),
    ratio(each.postgresCpu, measure?.postgresCpu ?? NaN),
  ];
}
