/** Contenders that take turns, so that other load on the machine affects all of them equally. */

import type { Client } from "./client.ts";
import type { CpuMeter } from "./cpu.ts";
import type { Stretch } from "./load.ts";

/** A side of a comparison. */
export interface Contender {
  name: string;
  /** Starts its warm client. */
  start(): Promise<Client>;
  /** The CPU of the function's processes; null: there is none. */
  functionCpu: CpuMeter | null;
  /** The CPU of its Postgres; null: not known. */
  postgresCpu: CpuMeter | null;
  /** What else is counted of it, from its beginning on. */
  counter?: () => number;
  /** Runs before each turn and is not measured. */
  before?(): Promise<void>;
}

/** How often and how long each contender is measured. */
export interface Pace {
  turns: number;
  /** The length of one turn. */
  seconds: number;
}

/** One stretch of load, its CPU in microseconds, and what its counter counted. */
export interface Turn extends Stretch {
  functionCpu: number;
  postgresCpu: number;
  counted: number;
}

/** The turns of each contender, by its name. All are warm before the first turn; every second round runs backwards. */
export async function takeTurns(
  contenders: Contender[],
  { turns, seconds }: Pace,
): Promise<Map<string, Turn[]>> {
  await using clients = new AsyncDisposableStack();
  const sides: { contender: Contender; client: Client; taken: Turn[] }[] = [];
  for (const contender of contenders) {
    const client = clients.use(await contender.start());
    sides.push({ contender, client, taken: [] });
  }
  for (let round = 0; round < turns; round++) {
    for (const { contender, client, taken } of round % 2 === 0 ? sides : sides.toReversed()) {
      await contender.before?.();
      taken.push(await take(contender, () => client.run({ seconds })));
    }
  }
  return new Map(sides.map(({ contender, taken }) => [contender.name, taken]));
}

async function take(
  { functionCpu, postgresCpu, counter }: Contender,
  run: () => Promise<Stretch>,
): Promise<Turn> {
  const read = () => [functionCpu?.() ?? 0, postgresCpu?.() ?? NaN, counter?.() ?? 0] as const;
  const before = read();
  const stretch = await run();
  const after = read();
  return {
    ...stretch,
    functionCpu: after[0] - before[0],
    postgresCpu: after[1] - before[1],
    counted: after[2] - before[2],
  };
}
