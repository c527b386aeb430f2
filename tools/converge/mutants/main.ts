/**
 * `deno task test:mutants`: shows that the suite has teeth. Each mutant is one rule of the migrations
 * weakened; a fresh database of it is attacked with the scenarios, and must be caught.
 *
 *     deno task test:mutants [--seed S]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { complain, Complaint, runProgram, say } from "../../../local/terminal.ts";
import { connect, MIGRATIONS, startBareServer } from "../database.ts";
import type { Lane } from "../lockstep.ts";
import { CONNECTIONS } from "../order.ts";
import { attack, type Kill } from "./attack.ts";
import { type Mutant, MUTANTS } from "./mutants.ts";
import { mutate } from "./mutate.ts";

/** How many are attacked at once: as many as there are cores to be counted on. */
const AT_ONCE = 2;

async function attackAll(): Promise<number> {
  const { values } = parseArgs({ args: Deno.args, options: { seed: { type: "string" } } });
  const seed = Number(values.seed ?? 1);
  await using server = await startBareServer();
  // Were the suite to fall upon anything, its kills would prove nothing.
  const url = await server.createDatabase(MIGRATIONS);
  const wrong = await withLane(url, (lane) => attack(lane, seed));
  if (wrong !== null) throw new Complaint(`the migrations themselves fail: ${wrong.by}`);
  say("unharmed  the migrations as they are");
  const kills = new Map<Mutant, Kill | null>();
  const waiting = [...MUTANTS];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const kill = await attackOne(mutant, server.createDatabase, seed);
      kills.set(mutant, kill);
      (kill === null ? complain : say)(line(mutant, kill));
    }
  }));
  const survivors = [...kills.values()].filter((kill) => kill === null).length;
  say(`${MUTANTS.length} mutants, ${MUTANTS.length - survivors} killed, ${survivors} alive`);
  return survivors === 0 ? 0 : 1;
}

async function attackOne(
  mutant: Mutant,
  createDatabase: (migrations: URL) => Promise<string>,
  seed: number,
): Promise<Kill | null> {
  await using mutated = await mutate(mutant);
  return await withLane(await createDatabase(mutated.folder), (lane) => attack(lane, seed));
}

async function withLane<Made>(url: string, work: (lane: Lane) => Promise<Made>): Promise<Made> {
  const lane: Lane = Array.from({ length: CONNECTIONS }, () => connect(url));
  try {
    return await work(lane);
  } finally {
    await Promise.all(lane.map((sql) => sql.end()));
  }
}

function line({ name }: Mutant, kill: Kill | null): string {
  if (kill === null) return `ALIVE   ${name}`;
  return `killed  ${name.padEnd(66)} ${kill.order.padEnd(11)} ${kill.by}`;
}

if (import.meta.main) await runProgram(attackAll);
