import assert from "node:assert/strict";
import postgres from "postgres";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations } from "../../local/migrations.ts";
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

/** A database that had these tables, after a push. */
async function pushOnto(old: string) {
  const server = await startBareDatabase();
  const sql = postgres(server.url, { max: 4, onnotice: () => {} });
  await sql.unsafe(MEMBERS + old).simple();
  await applyMigrations(server.url, MIGRATIONS);
  return {
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function told(sql: postgres.Sql): Promise<string[]> {
  return (await readReport(sql)).map(({ old_table, state, number, why }) =>
    [old_table, state, number, why].filter((word) => word !== null).join(" ")
  );
}

async function slugs(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql`select slug from public.modules order by slug`;
  return rows.map(({ slug }) => slug);
}

Deno.test("modules whose names collide with each other's ids all come", async () => {
  await using old = await pushOnto(`
    create table public.modules (id integer, name text);
    insert into public.modules values (3, 'a-5'), (4, 'a'), (5, 'a');`);
  assert.deepEqual(await slugs(old.sql), ["a", "a-5", "a-5-1"]);
});

Deno.test("modules with neither name nor id in our letters all come", async () => {
  await using old = await pushOnto(`
    create table public.modules (id text, name text);
    insert into public.modules values ('É', '模'), ('Ê', '块'), ('ß', null);`);
  assert.deepEqual(await slugs(old.sql), ["module", "module-1", "module-2"]);
});

Deno.test("modules without an id, or with another's, stay and say why", async () => {
  await using old = await pushOnto(`
    create table public.modules (id integer, name text);
    insert into public.modules values (1, 'a'), (1, 'b'), (null, 'c');`);
  assert.deepEqual(await told(old.sql), [
    "modules came 1",
    "modules stays 1 another row has its id",
    "modules stays 1 it has no id",
  ]);
});

Deno.test("a table that only happens to be called modules stays as it is", async () => {
  await using old = await pushOnto(`
    create table public.modules (course text);
    insert into public.modules values ('Algebra');`);
  assert.deepEqual(await told(old.sql), ["modules stays 1 it has no id"]);
});
