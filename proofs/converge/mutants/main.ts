/**
 * `deno task test:mutants`: shows that the proofs catch mistakes. Each mutant weakens one rule of the
 * migrations. The scenarios run against a database with that mistake, and one of them must fail.
 *
 * @module
 */

import { command } from "../../../cli/frame.ts";
import { value, whole, withDefault } from "../../../cli/options.ts";
import { runOn } from "../../../local/database_copies.ts";
import { printError, say, UserError } from "../../../local/terminal.ts";
import { connect, type Server, startServer } from "../database.ts";
import type { Lane } from "../lockstep.ts";
import { CONNECTIONS } from "../order.ts";
import { attack, type Kill } from "./attack.ts";
import type { Mutant } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { mutate } from "./mutate.ts";

/** How many mutants run at once: as many as there are cores at least. */
const AT_ONCE = 2;

const testMutants = command({
  name: "test:mutants",
  summary: "Weaken each rule of the migrations, and check that the scenarios fail",
  options: {
    seed: withDefault(value("<number>", "the seed of the random orders", whole), "1"),
    only: value("<text>", "only mutants with this text in their name or chapter"),
  },
  examples: ["", "--only grace"],
  exitCodes: ["every mutant was noticed", "one was not"],
  run: ({ options: { seed, only = "" } }) => attackAll(seed, only),
});

async function attackAll(seed: number, only: string): Promise<number> {
  const mutants = MUTANTS.filter(({ name, chapter }) => `${chapter} ${name}`.includes(only));
  await using server = await startServer();
  const survivors: Mutant[] = [];
  // The unchanged migrations must pass; otherwise a caught mutant proves nothing.
  const waiting: (Mutant | null)[] = [null, ...mutants];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const kill = await attackOne(next, server, seed);
      if (next === null) reportUnharmed(kill);
      else {
        if (kill === null) survivors.push(next);
        (kill === null ? printError : say)(line(next, kill));
      }
    }
  }));
  const killed = mutants.length - survivors.length;
  say(`${mutants.length} mutants, ${killed} killed, ${survivors.length} alive`);
  return survivors.length === 0 ? 0 : 1;
}

async function attackOne(
  mutant: Mutant | null,
  server: Server,
  seed: number,
): Promise<Kill | null> {
  const mistake = mutant === null ? null : await mutate(mutant);
  const url = await server.copy();
  if (mistake !== null) await runOn(url, mistake);
  const lane: Lane = Array.from({ length: CONNECTIONS }, () => connect(url));
  try {
    return await attack(lane, seed, mutant?.scenario);
  } finally {
    await Promise.all(lane.map((sql) => sql.end()));
    await server.drop(url);
  }
}

function reportUnharmed(kill: Kill | null): void {
  if (kill !== null) throw new UserError(`the migrations themselves fail: ${kill.by}`);
  say("unharmed  the migrations as they are");
}

function line({ name }: Mutant, kill: Kill | null): string {
  if (kill === null) return `ALIVE   ${name}`;
  return `killed  ${name.padEnd(72)} ${kill.order.padEnd(11)} ${kill.by}`;
}

if (import.meta.main) await testMutants.runAndExit();
