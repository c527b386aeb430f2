import assert from "node:assert/strict";
import postgres from "postgres";
import { startBareDatabase } from "../../local/bare_database.ts";
import { copiesOf, runOn } from "../../local/database_copies.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { backfill } from "./backfill.ts";
import { readReport } from "./report.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);
const ADA = "ada00000-0000-4000-8000-000000000001";
const BOB = "b0b00000-0000-4000-8000-000000000002";

const MEMBERS = `
  insert into auth.users (id, email, email_confirmed_at) values
    ('${ADA}', 'ada@example.com', now()), ('${BOB}', 'bob@example.com', now());`;
const MODULES = `
  create table public.modules (id integer primary key, name text);
  insert into public.modules values (1, 'Whisper');`;

const server = await startBareDatabase();
Deno.test.afterAll(() => server.stop());
const copies = copiesOf(server);

/** A database that had these tables, after a push that takes them over. The rows are copied `now` or `later`. */
async function pushOnto(old: string, moveIn: "now" | "later" = "now") {
  const url = await copies.copy();
  await runOn(url, MEMBERS + old);
  await applyMigrations(`${url}?sesame.move_in=${moveIn}`, MIGRATIONS);
  const sql = postgres(url, { max: 4, onnotice: () => {} });
  return { sql, [Symbol.asyncDispose]: () => sql.end() };
}

async function reported(sql: postgres.Sql): Promise<string[]> {
  return (await readReport(sql)).map(({ old_table, state, number, why }) =>
    [old_table, state, number, why].filter((word) => word !== null).join(" ")
  );
}

async function owners(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql`select user_id from public.module_access where is_active order by user_id`;
  return rows.map(({ user_id }) => user_id);
}

async function slugs(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql`select slug from public.modules order by slug`;
  return rows.map(({ slug }) => slug);
}

Deno.test("modules with names that equal other modules' ids are all copied", async () => {
  await using old = await pushOnto(`
    create table public.modules (id integer, name text);
    insert into public.modules values (3, 'a-5'), (4, 'a'), (5, 'a');`);
  assert.deepEqual(await slugs(old.sql), ["a", "a-5", "a-5-1"]);
});

Deno.test("modules without Latin letters in name and id are all copied", async () => {
  await using old = await pushOnto(`
    create table public.modules (id text, name text);
    insert into public.modules values ('É', '模'), ('Ê', '块'), ('ß', null);`);
  assert.deepEqual(await slugs(old.sql), ["module", "module-1", "module-2"]);
});

Deno.test("modules without an id, or with another module's id, stay with a reason", async () => {
  await using old = await pushOnto(`
    create table public.modules (id integer, name text);
    insert into public.modules values (1, 'a'), (1, 'b'), (null, 'c');`);
  assert.deepEqual(await reported(old.sql), [
    "modules came 1",
    "modules stays 1 another row has its id",
    "modules stays 1 it has no id",
  ]);
});

Deno.test("an unrelated table with the name modules stays as it is", async () => {
  await using old = await pushOnto(`
    create table public.modules (course text);
    insert into public.modules values ('Algebra');`);
  assert.deepEqual(await reported(old.sql), ["modules stays 1 it has no id"]);
});

Deno.test("access belongs to the user in user_id, not to the user who wrote the row", async () => {
  await using old = await pushOnto(`${MODULES}
    create table public.module_access (id serial, user_id text, created_by text, module_id integer);
    insert into public.module_access (user_id, created_by, module_id) values
      ('${ADA}', '${BOB}', 1), (null, '${BOB}', 1);`);
  assert.deepEqual(await owners(old.sql), [ADA]);
  assert.deepEqual(await reported(old.sql), [
    "module_access came 1",
    "module_access stays 1 it names no owner",
    "modules came 1",
  ]);
});

Deno.test("a token of a deleted module does not open a later module with the same number", async () => {
  await using old = await pushOnto(`${MODULES}
    create table public.access_tokens (id serial, created_by uuid, module_id integer);
    insert into public.access_tokens (created_by, module_id) values ('${ADA}', 2);`);
  await old.sql`insert into public.modules (slug, title) values ('new', 'New')`;
  const [added] = await old.sql`select id from public.modules where slug = 'new'`;
  assert.equal(Number(added?.id), 2);
  await old.sql`select sesame.move_in()`;
  assert.deepEqual(await owners(old.sql), []);
  await old.sql`insert into legacy.modules values (2, 'Old')`;
  await old.sql`select sesame.move_in()`;
  const [held] = await old.sql`
    select slug from public.module_access join public.modules on modules.id = module_id`;
  assert.equal(held?.slug, "old");
});

Deno.test("two accesses with one id and two owners are both copied", async () => {
  await using old = await pushOnto(`${MODULES}
    create table public.module_access (id integer, user_id text, module_id integer);
    insert into public.module_access values (5, '${ADA}', 1), (5, '${BOB}', 1);`);
  assert.deepEqual(await owners(old.sql), [ADA, BOB]);
  assert.deepEqual(await reported(old.sql), ["module_access came 2", "modules came 1"]);
});

Deno.test("two tokens with one id and two owners are both copied, each once", async () => {
  await using old = await pushOnto(`${MODULES}
    create table public.access_tokens (id uuid, created_by text, module_id integer);
    insert into public.access_tokens values
      ('70000000-0000-4000-8000-000000000001', '${ADA}', 1),
      ('70000000-0000-4000-8000-000000000001', '${BOB}', 1);`);
  await old.sql`select sesame.move_in()`;
  assert.deepEqual(await owners(old.sql), [ADA, BOB]);
  assert.deepEqual(await reported(old.sql), ["access_tokens came 2", "modules came 1"]);
});

Deno.test("an access with the id of a closed token stays open", async () => {
  await using old = await pushOnto(`${MODULES}
    create table public.access_tokens (id uuid primary key, created_by uuid, module_id integer, is_active boolean);
    create table public.module_access (id uuid primary key, user_id text, module_id integer);
    insert into public.access_tokens values ('70000000-0000-4000-8000-000000000001', '${ADA}', 1, false);
    insert into public.module_access values ('70000000-0000-4000-8000-000000000001', '${ADA}', 1);`);
  assert.deepEqual(await owners(old.sql), [ADA]);
});

Deno.test("limits with decimals are read as limits", async () => {
  await using old = await pushOnto(`${MODULES}
    create table public.access_tokens (
      id integer primary key, created_by uuid, module_id integer, max_usage numeric(10,2), usage_count numeric(10,2));
    insert into public.access_tokens values (1, '${ADA}', 1, 100, 7);`);
  const [token] = await old.sql`select max_usage, usage_count from public.access_tokens`;
  assert.deepEqual({ ...token }, { max_usage: 100, usage_count: 7 });
});

Deno.test("the backfill copies tokens in inherited tables and in partitions", async () => {
  const shapes = [
    "create table public.parts () inherits (public.access_tokens);",
    "create table public.parts partition of public.access_tokens for values in (1);",
  ];
  for (const [n, parts] of shapes.entries()) {
    await using old = await pushOnto(
      `${MODULES}
      create table public.access_tokens (id uuid default gen_random_uuid(), created_by uuid, module_id integer)
      ${n === 1 ? "partition by list (module_id)" : ""};
      ${parts}
      insert into public.parts (created_by, module_id) select gen_random_uuid(), 1 from generate_series(1, 5000);`,
      "later",
    );
    const { came } = await backfill(old.sql, 1, () => {});
    assert.equal(came, 5000);
  }
});

Deno.test("JSON that jsonb cannot store does not stop a push", async () => {
  await using old = await pushOnto(`${MODULES}
    create table public.access_tokens (id serial, created_by uuid, module_id integer, metadata json);
    insert into public.access_tokens (created_by, module_id, metadata) values
      ('${ADA}', 1, '{"name": "\\u0000"}');`);
  assert.deepEqual(await owners(old.sql), [ADA]);
});

const TOKEN_OF_ADA = `${MODULES}
  create table public.access_tokens (id serial primary key, created_by uuid, module_id integer, max_usage integer);
  insert into public.access_tokens (created_by, module_id, max_usage) values ('${ADA}', 1, 5);`;

Deno.test("tokens that were used since the copy can be undone", async () => {
  await using old = await pushOnto(TOKEN_OF_ADA);
  await old.sql`
    select sesame_verify_module_token(id, created_by, 'whisper', true, 'request_1') from public.access_tokens`;
  const [taken] = await old.sql`select sesame.move_out() as tokens`;
  assert.equal(Number(taken?.tokens), 1);
  assert.deepEqual(await owners(old.sql), []);
});

Deno.test("an undo leaves a module that another table of the site references", async () => {
  await using old = await pushOnto(TOKEN_OF_ADA);
  await old.sql`
    create table public.orders (module text references public.modules (slug) on delete cascade)`;
  await old.sql`insert into public.orders values ('whisper')`;
  await old.sql`select sesame.move_out()`;
  assert.deepEqual(await slugs(old.sql), ["whisper"]);
  assert.equal((await old.sql`select from public.orders`).length, 1);
  await old.sql`drop table public.orders`;
  await old.sql`select sesame.move_out()`;
  assert.deepEqual(await slugs(old.sql), []);
});

Deno.test("an undo removes the copied rows, whatever their metadata is", async () => {
  await using old = await pushOnto(TOKEN_OF_ADA);
  await old.sql`update public.access_tokens set metadata = '{"note": "mine"}'`;
  await old.sql`
    insert into public.access_tokens (created_by, module_id, metadata) values (${BOB}, 1, '{"legacy": {}}')`;
  await old.sql`select sesame.move_out()`;
  assert.deepEqual(await owners(old.sql), [BOB]);
});

Deno.test("functions with an old table's row type step aside with the table", async () => {
  await using old = await pushOnto(`${MODULES}
    create function public.has_module_access(module public.modules) returns boolean
    language sql as 'select true';`);
  const [moved] = await old
    .sql`select to_regprocedure('legacy.has_module_access(legacy.modules)') as name`;
  assert.notEqual(moved?.name, null);
});

Deno.test("an old sign-up trigger that gives a module still works, and the report names it", async () => {
  const gift = (columns: string, values: string) =>
    `${MODULES}
    create table public.module_access (
      id serial primary key, user_id text, module_id integer, access_type text, is_active boolean default true);
    create function public.gift() returns trigger language plpgsql security definer as $$
    begin
      insert into public.module_access (user_id, module_id, ${columns}) values (new.id, 1, ${values});
      return new;
    end $$;
    create trigger gift after insert on auth.users for each row execute function public.gift();`;
  for (const [columns, values] of [["access_type", "'free'"], ["is_active", "true"]] as const) {
    await using old = await pushOnto(gift(columns, values));
    const cleo = crypto.randomUUID();
    await old.sql`insert into auth.users (id, email) values (${cleo}, 'cleo@example.com')`;
    assert.ok((await owners(old.sql)).includes(cleo));
    // The next fold does not remove it.
    await old.sql`select sesame.project_access(array[${cleo}::uuid])`;
    assert.ok((await owners(old.sql)).includes(cleo));
    assert.ok(
      (await reported(old.sql)).includes(
        "public.gift() writes to module_access, whenever auth.users changes",
      ),
    );
  }
});
