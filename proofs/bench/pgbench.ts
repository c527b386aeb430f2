/** Debian's pgbench as the caller of the RPC, where it is installed: a client that costs next to nothing. */

import { Complaint } from "../../local/terminal.ts";
import { toInboxEvent } from "../../supabase/functions/_shared/inbox.ts";
import type { Figures } from "./figures.ts";
import type { Site } from "./site.ts";
import { type Story, takeEvents, tell } from "./stories.ts";

/** The next prepared call; its body is stored already, as pgbench cannot make one. */
const SCRIPT = `
  select answer.* from bench.calls
  cross join lateral public.process_stripe_events(body::jsonb) as answer
  where calls.number = (select nextval('bench.next_call'));
`;

/** Events made ready for each second: more than any machine takes. */
const PREPARED = 2_500;

/** Some of its connections waited longer for the lock than they may. */
const REFUSED: Figures = { perSecond: NaN, p50: NaN, p99: NaN, functionCpu: 0, postgresCpu: NaN };

/** Seconds left out at the beginning: the first call of each connection plans every statement. */
const WARM = 6;

/** pgbench reports a rate and a mean for each second; percentiles and CPU are not to be had. */
export async function runPgbench(
  site: Site,
  story: Story,
  inFlight: number,
  seconds: number,
): Promise<Figures> {
  const duration = WARM + Math.ceil(seconds);
  const count = PREPARED * duration;
  await storeCalls(site, story, count);
  const script = await Deno.makeTempFile({ suffix: ".sql" });
  try {
    await Deno.writeTextFile(script, SCRIPT.replaceAll("\n", " "));
    const report = await pgbench(site.webhookUrl, script, inFlight, duration);
    if (report === "") return REFUSED;
    const made = Number(/transactions actually processed: (\d+)/.exec(report)?.[1]);
    if (!(made <= count)) {
      throw new Error(`pgbench made ${made} calls, of which ${count} had a body`);
    }
    return readProgress(report);
  } finally {
    await Deno.remove(script);
  }
}

/** The seconds after the first ones. */
function readProgress(report: string): Figures {
  const lines = [...report.matchAll(/progress: [\d.]+ s, ([\d.]+) tps, lat ([\d.]+) ms/g)].slice(
    WARM,
  );
  const mean = (place: number) =>
    lines.reduce((sum, line) => sum + Number(line[place]), 0) / lines.length;
  return { perSecond: mean(1), p50: mean(2), p99: NaN, functionCpu: 0, postgresCpu: NaN };
}

async function storeCalls({ sql }: Site, story: Story, count: number): Promise<void> {
  await sql.unsafe(`
    create table if not exists bench.calls (number bigint primary key, body text not null);
    create sequence if not exists bench.next_call;
    truncate bench.calls;
    alter sequence bench.next_call restart;
    grant select on bench.calls to sesame_webhook;
    grant usage on sequence bench.next_call to sesame_webhook;
  `).simple();
  const ours = { livemode: false, accounts: new Set<string>() };
  const bodies = takeEvents(tell(story), count).map((event) => {
    const text = JSON.stringify(event, null, 2);
    return JSON.stringify([toInboxEvent({ text, event }, ours)]);
  });
  for (let from = 0; from < bodies.length; from += 1_000) {
    await sql`
      insert into bench.calls (number, body)
      select ${from} + place, body
      from unnest(${
      bodies.slice(from, from + 1_000)
    }::text[]) with ordinality as made (body, place)`;
  }
}

async function pgbench(dbUrl: string, script: string, clients: number, seconds: number) {
  const args = [
    ...[
      "--no-vacuum",
      "--protocol=prepared",
      `--file=${script}`,
      `--time=${seconds}`,
      "--progress=1",
    ],
    ...[`--client=${clients}`, `--jobs=${Math.min(2, clients)}`, dbUrl],
  ];
  const command = new Deno.Command("pgbench", { args, stdout: "piped", stderr: "piped" });
  const { success, stdout, stderr } = await command.output().catch(() => {
    throw new Complaint(
      "pgbench is not installed: leave --pgbench out, or install postgresql-contrib",
    );
  });
  const report = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  // It connects all at once, and never tries a refused call again: then there is no figure.
  if (!success && report.includes("lock timeout")) return "";
  if (!success) throw new Error(`pgbench: ${report}`);
  return report; // progress goes to standard error
}
