/** The cost of a policy on a site's own content at a million rows, compared with the same read without it. */

import postgres from "postgres";
import { memberId } from "./filling.ts";
import { openSite } from "./site.ts";
import { amount, formatTable, percentile, ratio } from "./table.ts";

/** A policy of docs/protecting_content.md. */
interface Policy {
  name: string;
  using: string;
  /** The same rows without policies; `$1` is the member. */
  byHand: string;
}

const MINE = `module_id = any (
  array(select module_id from public.module_access where user_id = $1 and is_active))`;

const POLICIES: Policy[] = [
  {
    name: "(select has_module_access('module-1'))",
    using: "(select public.has_module_access('module-1'))",
    byHand: "$1::uuid is not null",
  },
  {
    name: "module_id = any (array(select …))",
    using: `module_id = any (
      array(select module_id from public.my_modules where status = 'active'))`,
    byHand: MINE,
  },
  {
    name: "module_id in (select …)",
    using: "module_id in (select module_id from public.my_modules where status = 'active')",
    byHand: MINE,
  },
  {
    name: "has_module_access(module_id::text)",
    using: "public.has_module_access(module_id::text)",
    byHand: MINE,
  },
];

/** A query of the content, and how often it runs. */
interface Read {
  name: string;
  from: string;
  where: string;
  rest: string;
  times: number;
}

const READS: Read[] = [
  { name: "one by id", from: "*", where: "id = 1000", rest: "", times: 500 },
  {
    name: "a page of a module",
    from: "*",
    where: "module_id = (select id from public.modules where slug = 'module-1')",
    rest: "order by id limit 20",
    times: 500,
  },
  { name: "all of mine, counted", from: "count(*)", where: "true", rest: "", times: 7 },
];

/** A hundred modules share the lessons; every member has five of them. */
const FILLING = `
  insert into public.modules (slug, title)
  select 'module-' || n, 'Module ' || n from generate_series(0, 99) as n;

  create table public.lessons (
    id bigint primary key,
    module_id bigint not null references public.modules (id) on delete restrict,
    title text not null
  );
  insert into public.lessons (id, module_id, title)
  select n, module.id, 'Lesson ' || n
  from generate_series(1, :lessons) as n
  join public.modules as module on module.slug = 'module-' || (n / 1000 % 100);
  create index lessons_module_id_id_idx on public.lessons (module_id, id);
  alter table public.lessons enable row level security;
  grant select on public.lessons to authenticated;

  alter table public.module_access disable trigger user;
  insert into public.module_access (user_id, module_id, access_type, is_active)
  select md5('member ' || n)::uuid, module.id, 'purchase', true
  from generate_series(1, :accesses / 5) as n
  join public.modules as module on module.slug in ('module-1', 'module-21', 'module-41', 'module-61', 'module-81');
  alter table public.module_access enable trigger user;
`;

/** Without parameters the driver would choose the simple protocol, and plan anew each time. */
const PREPARED = { prepare: true, simple: false };

/** Milliseconds after which once is enough. */
const PATIENCE = 1_000;

/** Fills the tables: rows of content, and rows of access with five for each member. */
export async function measureContent(lessons: number, accesses: number): Promise<string> {
  await using site = await openSite();
  const filling = FILLING.replace(":lessons", `${lessons}`).replace(":accesses", `${accesses}`);
  await site.sql.unsafe(filling).simple();
  await site.sql`vacuum analyze`;

  const member = postgres(site.adminUrl, { max: 1, onnotice: () => {} });
  try {
    await member`set role authenticated`;
    await member`select set_config('request.jwt.claims', ${
      JSON.stringify({ sub: memberId(1) })
    }, false)`;
    const table: string[][] = [];
    for (const policy of POLICIES) {
      await govern(site.sql, policy);
      for (const read of READS) {
        table.push([policy.name, read.name, ...await compare(policy, read, member, site.sql)]);
      }
    }
    return formatTable(["using", "read", "p50 ms", "without p50 ms", "/ without"], table);
  } finally {
    await member.end();
  }
}

async function govern(sql: postgres.Sql, { using }: Policy): Promise<void> {
  await sql.unsafe(`
    drop policy if exists lessons_select_own on public.lessons;
    create policy lessons_select_own on public.lessons for select to authenticated using (${using});
  `).simple();
}

/** Runs both in turn, so that other load affects both equally. Both must return the same rows. */
async function compare(
  { byHand }: Policy,
  { from, where, rest, times }: Read,
  member: postgres.Sql,
  owner: postgres.Sql,
): Promise<string[]> {
  const governed = `select ${from} from public.lessons where ${where} ${rest}`;
  const bare = `select ${from} from public.lessons where ${where} and ${byHand} ${rest}`;
  const spent = { governed: [] as number[], bare: [] as number[] };
  for (let turn = 0; turn < times; turn++) {
    const [seen, took] = await timed(() => member.unsafe(governed, [], PREPARED));
    const [there, tookBare] = await timed(() => owner.unsafe(bare, [memberId(1)], PREPARED));
    if (JSON.stringify(seen) !== JSON.stringify(there)) throw new Error(`${governed}: other rows`);
    spent.governed.push(took);
    spent.bare.push(tookBare);
    if (took > PATIENCE) break;
  }
  const [middle, bareMiddle] = [percentile(spent.governed, 0.5), percentile(spent.bare, 0.5)];
  return [amount(middle), amount(bareMiddle), ratio(middle, bareMiddle)];
}

/** The result, and the milliseconds it took. */
async function timed(ask: () => PromiseLike<unknown>): Promise<[unknown, number]> {
  const start = performance.now();
  const answer = await ask();
  return [answer, performance.now() - start];
}
