/** The cost of a member's own reads, compared with the same rows read by key without policies. */

import postgres from "postgres";
import { fill, memberId } from "./filling.ts";
import { type Question, QUESTIONS } from "./read_questions.ts";
import { openSite } from "./site.ts";
import { amount, formatTable, percentile, ratio } from "./table.ts";

/** Without parameters the driver would choose the simple protocol, and plan anew each time. */
const PREPARED = { prepare: true, simple: false };

/** How often each query runs, for another member each time. */
const TIMES = 2_000;

export async function measureReads(rows: number): Promise<string> {
  await using site = await openSite();
  await fill(site.adminUrl, rows);
  const member = await connect(site.adminUrl, "set role authenticated");
  const owner = await connect(site.adminUrl, "select");
  try {
    const table: string[][] = [];
    for (const question of QUESTIONS) {
      table.push([question.name, ...await ask(question, rows, member, owner)]);
    }
    return formatTable(["read", "p50 ms", "bare p50 ms", "/ bare", "p99 ms", "/ bare"], table);
  } finally {
    await Promise.all([member.end(), owner.end()]);
  }
}

async function connect(dbUrl: string, first: string): Promise<postgres.Sql> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  await sql.unsafe(first);
  return sql;
}

/** Runs both in turn, so that other load affects both equally. */
async function ask(
  question: Question,
  rows: number,
  member: postgres.Sql,
  owner: postgres.Sql,
): Promise<string[]> {
  const times = { member: [] as number[], bare: [] as number[] };
  for (let turn = 0; turn < TIMES; turn++) {
    const id = memberId(1 + Math.floor(Math.random() * rows));
    await member`select set_config('request.jwt.claims', ${JSON.stringify({ sub: id })}, false)`;
    times.member.push(await timed(() => member.unsafe(question.asMember, [], PREPARED)));
    times.bare.push(await timed(() => owner.unsafe(question.bare, [id], PREPARED)));
  }
  const [middle, bareMiddle] = [percentile(times.member, 0.5), percentile(times.bare, 0.5)];
  const [late, bareLate] = [percentile(times.member, 0.99), percentile(times.bare, 0.99)];
  return [
    ...[amount(middle), amount(bareMiddle), ratio(middle, bareMiddle)],
    ...[amount(late), ratio(late, bareLate)],
  ];
}

/** Milliseconds. */
async function timed(question: () => PromiseLike<unknown>): Promise<number> {
  const start = performance.now();
  await question();
  return performance.now() - start;
}
