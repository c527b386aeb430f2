/** How many reads a second eight connections of a member get, beside the bare read by key. By pgbench, whose own CPU is small. */

import { fill, memberId } from "./filling.ts";
import { findPgbench } from "./pgbench.ts";
import { bareOf, QUESTIONS } from "./read_questions.ts";
import { openSite } from "./site.ts";
import { formatTable, spread } from "./table.ts";
import type { Pace } from "./turns.ts";

const CONNECTIONS = 8;

/** Calls a second of each turn, and the ratio to the bare read of the same round. */
export async function measureReadRates(rows: number, pace: Pace): Promise<string> {
  const program = await findPgbench();
  if (program === null) return "pgbench is not installed, so the calls a second are not measured.";
  await using site = await openSite();
  await fill(site.adminUrl, rows);
  const member = memberId(Math.ceil(rows / 2));
  const table: string[][] = [];
  for (const question of QUESTIONS) {
    const [asMember, bare]: number[][] = [[], []];
    for (let turn = 0; turn < pace.turns; turn++) {
      const sides = [
        async () =>
          asMember!.push(await rate(program, site.adminUrl, question.asMember, pace, member)),
        async () => bare!.push(await rate(program, site.adminUrl, bareOf(question, member), pace)),
      ];
      for (const side of turn % 2 === 0 ? sides : sides.toReversed()) await side();
    }
    const ratios = asMember!.map((calls, turn) => calls / bare![turn]!);
    table.push([question.name, spread(asMember!), spread(bare!), spread(ratios, "×")]);
  }
  return formatTable([`${CONNECTIONS} connections`, "calls/s", "bare calls/s", "/ bare"], table);
}

/** Calls a second of one query: as a signed-in member, or without a member as the owner. */
async function rate(
  program: string,
  dbUrl: string,
  query: string,
  { seconds }: Pace,
  member?: string,
): Promise<number> {
  const script = await Deno.makeTempFile({ suffix: ".sql" });
  try {
    await Deno.writeTextFile(script, `${query.replaceAll(/\s+/g, " ")};`);
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [
        ...["--no-vacuum", "--protocol=prepared", `--file=${script}`, `--time=${seconds}`],
        ...[`--client=${CONNECTIONS}`, "--jobs=2", dbUrl],
      ],
      env: member === undefined ? {} : { PGOPTIONS: signedIn(member) },
    }).output();
    if (!success) throw new Error(`pgbench: ${new TextDecoder().decode(stderr)}`);
    return Number(/tps = ([\d.]+)/.exec(new TextDecoder().decode(stdout))?.[1]);
  } finally {
    await Deno.remove(script);
  }
}

/** As PostgREST sets up each request, once for the connection. */
function signedIn(member: string): string {
  const claims = JSON.stringify({ sub: member, role: "authenticated" });
  return `-c role=authenticated -c request.jwt.claims=${claims}`;
}
