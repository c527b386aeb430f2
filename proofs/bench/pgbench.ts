/** Debian's pgbench as the caller of the RPC: a client with very little CPU use. */

import type postgres from "postgres";
import type { Client } from "./client.ts";
import type { Stretch } from "./load.ts";
import type { Site } from "./site.ts";
import { type Story, storyEvents, takeEvents } from "./stories.ts";
import { inboxEventOf } from "./targets.ts";

/**
 * The next prepared call. Its body is already stored, because pgbench cannot make one. The fold is never busy,
 * because this connection is the only one, so the second call of the doors is not needed.
 */
const SCRIPT = `
  select answer.* from bench.calls
  cross join lateral public.process_stripe_events(body::jsonb, true) as answer
  where calls.number = (select nextval('bench.next_call'));
`;

/** Events prepared for each second: more than one connection can process on any machine. */
const PREPARED = 2_500;

/** Calls left out at the beginning: the first ones of a connection plan every statement. */
const WARM = 20;

/** Where Debian's package puts it, if it is not on the path. */
const PLACES = [
  "pgbench",
  ...[18, 17, 16, 15].map((version) => `/usr/lib/postgresql/${version}/bin/pgbench`),
];

/** The path of an installed pgbench; null: there is none. */
export async function findPgbench(): Promise<string | null> {
  for (const program of PLACES) {
    const command = new Deno.Command(program, { args: ["--version"], stdout: "null" });
    if (await command.output().then(({ success }) => success, () => false)) return program;
  }
  return null;
}

/** A client of one connection, opened anew for each stretch. */
export async function startPgbench(program: string, site: Site, story: Story): Promise<Client> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-bench-" });
  await Deno.writeTextFile(`${folder}/call.sql`, SCRIPT.replaceAll("\n", " "));
  await makeTables(site.sql);
  const events = storyEvents(story);
  return {
    async run(order) {
      // One second more, because it counts in whole ones and the connection has to warm up.
      const seconds = 1 + ("seconds" in order ? Math.ceil(order.seconds) : 0);
      const calls = takeEvents(events, PREPARED * seconds).map(inboxEventOf);
      await storeCalls(site.sql, calls.map((call) => JSON.stringify([call])));
      const stretch = await runOnce(program, folder, site.webhookUrl, seconds);
      await assertAllFolded(site.sql);
      return stretch;
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function runOnce(
  program: string,
  folder: string,
  dbUrl: string,
  seconds: number,
): Promise<Stretch> {
  const { success, stderr } = await new Deno.Command(program, {
    args: [
      ...["--no-vacuum", "--protocol=prepared", "--file=call.sql", `--time=${seconds}`],
      ...["--client=1", "--log", "--log-prefix=calls", dbUrl],
    ],
    cwd: folder,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`pgbench: ${new TextDecoder().decode(stderr)}`);
  const latencies = (await takeLatencies(folder)).slice(WARM);
  const elapsed = latencies.reduce((sum, latency) => sum + latency, 0);
  return { elapsed, latencies, failures: {} };
}

/** A call that only stored its event would flatter. */
async function assertAllFolded(sql: postgres.Sql): Promise<void> {
  const waiting = await sql`select from sesame.stripe_events where outcome = 'received'`;
  if (waiting.length > 0) throw new Error(`pgbench left ${waiting.length} events unfolded`);
}

/** Milliseconds of each call, in order: the third field of a line, in microseconds. */
async function takeLatencies(folder: string): Promise<number[]> {
  const latencies: number[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith("calls.")) continue;
    const log = await Deno.readTextFile(`${folder}/${name}`);
    for (const line of log.trim().split("\n")) latencies.push(Number(line.split(" ")[2]) / 1_000);
    await Deno.remove(`${folder}/${name}`);
  }
  return latencies;
}

async function makeTables(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create table bench.calls (number bigint primary key, body text not null);
    create sequence bench.next_call;
    grant select on bench.calls to sesame_webhook;
    grant usage on sequence bench.next_call to sesame_webhook;
  `).simple();
}

async function storeCalls(sql: postgres.Sql, bodies: string[]): Promise<void> {
  await sql.unsafe("truncate bench.calls; alter sequence bench.next_call restart").simple();
  for (let from = 0; from < bodies.length; from += 1_000) {
    const part = bodies.slice(from, from + 1_000);
    await sql`
      insert into bench.calls (number, body)
      select ${from}::integer + place, body
      from unnest(${part}::text[]) with ordinality as made (body, place)`;
  }
  await sql`analyze bench.calls`;
}
