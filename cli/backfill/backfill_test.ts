import assert from "node:assert/strict";
import postgres from "postgres";
import { startBareDatabase } from "../../local/bare_database.ts";
import { copiesOf, runOn } from "../../local/database_copies.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { OLD_ROWS, OLD_SHAPE } from "./old_database.ts";
import type { Progress } from "../progress_bar.ts";
import { backfill } from "./backfill.ts";
import { measurePlainInsert } from "./plain_insert.ts";
import { readReport } from "./report.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** 5,000 tokens of as many customers, beside the rows of the old database. */
const MANY_TOKENS = `
  insert into public.access_tokens (created_by, module_id)
  select gen_random_uuid(), 7 + 2 * (n % 2) from generate_series(1, 5000) as n`;

/** An old database with the new schema. Its rows are not copied yet. */
const server = await startBareDatabase();
Deno.test.afterAll(() => server.stop());
await runOn(server.url, OLD_SHAPE + OLD_ROWS + MANY_TOKENS);
await applyMigrations(`${server.url}?sesame.move_in=later`, MIGRATIONS);
const copies = copiesOf(server);

/** A copy of it for one test. */
async function openOldDatabase() {
  const url = await copies.copy();
  const sql = postgres(url, { max: 4, onnotice: () => {} });
  return { url, sql, [Symbol.asyncDispose]: () => sql.end() };
}

async function untilAsleep(sql: postgres.Sql, pid: number): Promise<void> {
  while (true) {
    const [asleep] = await sql`
      select from pg_stat_activity where pid = ${pid} and wait_event = 'PgSleep'`;
    if (asleep !== undefined) return;
  }
}

async function digest(sql: postgres.Sql): Promise<string> {
  const [row] = await sql`
    select md5(string_agg(line, '|' order by line)) as digest
    from (
      select (to_jsonb(access) - '{id,created_at,updated_at}'::text[])::text as line
      from public.module_access as access
      union all
      select (to_jsonb(token) - '{created_at,updated_at}'::text[])::text from public.access_tokens as token
    ) as lines`;
  return row?.digest;
}

Deno.test("the backfill copies everything in parts, and reports how much", async () => {
  await using old = await openOldDatabase();
  const received: (Progress | null)[] = [];
  const { came } = await backfill(old.sql, 16, (progress) => received.push(progress));
  assert.equal(came, 5000 + 5 + 4);
  const { title, done, total } = received.at(-1)!;
  assert.deepEqual([title, done], ["5,005 tokens", total]);
  const report = await readReport(old.sql);
  assert.ok(report.every(({ state }) => state !== "is to come"));
  const plain = await measurePlainInsert(old.sql);
  assert.equal(plain.rows, came);
});

Deno.test("a backfill that is killed and run again has the same result", async () => {
  await using straight = await openOldDatabase();
  await backfill(straight.sql, 16, () => {});

  await using broken = await openOldDatabase();
  await broken.sql`select sesame.move_modules_in(), sesame.reserve_access_ids()`;
  await broken.sql`select sesame.move_tokens_in(0, 32)`;
  const dying = postgres(broken.url, { max: 1, onnotice: () => {} });
  const [me] = await dying`select pg_backend_pid() as pid`;
  // One batch: to a connection that is gone the driver could not even write a rollback.
  const lost = assert.rejects(
    dying.unsafe("begin; select sesame.move_tokens_in(32, 64); select pg_sleep(60)").simple(),
  );
  await untilAsleep(broken.sql, me?.pid);
  await broken.sql`select pg_terminate_backend(${me?.pid})`;
  await lost;
  await dying.end({ timeout: 1 });
  await backfill(broken.sql, 16, () => {});

  // The copied tokens of both differ only in their random owners, so their counts are compared.
  const count = (sql: postgres.Sql) =>
    sql`select old_table, state, why, number from sesame.moving_in_report()`;
  assert.deepEqual([...await count(broken.sql)], [...await count(straight.sql)]);
  const before = await digest(broken.sql);
  await backfill(broken.sql, 16, () => {});
  assert.equal(await digest(broken.sql), before);
});

Deno.test("a rehearsal changes nothing, and a backfill can be undone", async () => {
  await using old = await openOldDatabase();
  const before = await digest(old.sql);
  const [waiting] = (await readReport(old.sql)).filter(({ state }) => state === "is to come");
  assert.equal(waiting?.number, 5005);
  assert.equal(await digest(old.sql), before);

  await backfill(old.sql, 128, () => {});
  await old.sql`select sesame.move_out()`;
  assert.equal(await digest(old.sql), before);
});

Deno.test("readers never wait for the backfill", async () => {
  await using old = await openOldDatabase();
  await old.sql.begin(async (transaction) => {
    await transaction`select sesame.move_tokens_in()`;
    const read = await old.sql`
      set statement_timeout = '2s'; select count(*) from public.module_access`.simple();
    assert.ok(read.length > 0);
  });
});

Deno.test("tokens that were written while the trigger was off open access at the next backfill", async () => {
  await using old = await openOldDatabase();
  await old.sql`alter table public.access_tokens disable trigger user`;
  await old.sql`
    insert into public.access_tokens (created_by, module_id)
    select gen_random_uuid(), 7 from generate_series(1, 3)`;
  await old.sql`alter table public.access_tokens enable trigger user`;
  const { carried } = await backfill(old.sql, 128, () => {});
  assert.equal(carried, 3);
});

Deno.test("an id that a concurrent insert takes is not used again", async () => {
  await using old = await openOldDatabase();
  const insert =
    `insert into public.access_tokens (created_by, module_id) values (gen_random_uuid(), 7)`;
  const live = await old.sql.reserve();
  await live.unsafe(`begin; ${insert}`).simple();
  const reserved = old.sql`select sesame.reserve_access_ids()`.execute();
  await new Promise((resolve) => setTimeout(resolve, 200));
  await live`commit`;
  live.release();
  await reserved;
  await old.sql.unsafe(insert);
});

Deno.test("a token that is deleted while accesses get their old ids closes its access", async () => {
  await using old = await openOldDatabase();
  await old.sql`select sesame.reserve_access_ids(), sesame.move_tokens_in()`;
  await old.sql`select sesame.move_access_in()`;
  const restoring = await old.sql.reserve();
  await restoring`begin`;
  await restoring`select sesame.restore_access_ids()`;
  const deleted = old.sql`delete from public.access_tokens`.execute();
  await new Promise((resolve) => setTimeout(resolve, 200));
  await restoring`commit`;
  restoring.release();
  await deleted;
  assert.deepEqual([...await old.sql`select from public.module_access`], []);
});
