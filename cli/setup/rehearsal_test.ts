import assert from "node:assert/strict";
import postgres from "postgres";
import { pathToFileURL } from "node:url";
import { applyMigrations } from "../../local/migrations.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { readRehearsal, rehearsalOf } from "./rehearsal.ts";

const REFUSING = `set local sesame.x = '1';
do $$ begin
  raise exception using
    message = 'it can not be installed', detail = E'- a "b"\\n- c', hint = 'Rename them.';
end $$;`;

const REHEARSED: [what: string, migration: string, answer: ReturnType<typeof readRehearsal>][] = [
  ["one that would succeed", "create table public.tried (id int)", { kind: "clear" }],
  ["one that refuses", REFUSING, {
    kind: "refused",
    why: 'it can not be installed\n- a "b"\n- c\nRename them.',
  }],
  ["one that is no SQL", "creat table", {
    kind: "refused",
    why: 'syntax error at or near "creat"',
  }],
];

Deno.test("a rehearsal on Postgres gives the migration's answer, and leaves nothing", async (t) => {
  await using database = await startBareDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  try {
    for (const [what, migration, answer] of REHEARSED) {
      await t.step(`of ${what}`, async () => {
        const [, [row]] = await sql.unsafe(rehearsalOf(migration)) as unknown as [[], [Row]];
        assert.deepEqual(readRehearsal([row]), answer);
      });
    }
    const [{ tried } = { tried: "none" }] = await sql`select to_regclass('public.tried') as tried`;
    assert.equal(tried, null);
  } finally {
    await sql.end();
  }
});

Deno.test("a project whose own repository has installed Sesame is not tried", async () => {
  await using database = await startBareDatabase();
  const migrations = await Deno.makeTempDir({ prefix: "sesame-added-" });
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  const rehearse = async () => {
    const text = rehearsalOf("create schema sesame");
    const [, [row]] = await sql.unsafe(text) as unknown as [[], [Row]];
    return readRehearsal([row]);
  };
  try {
    const schema = "create schema sesame; comment on schema sesame is 'Sesame: private.';";
    await Deno.writeTextFile(`${migrations}/20261130090000_sesame_0.1.0.sql`, schema);
    await applyMigrations(database.url, pathToFileURL(`${migrations}/`));
    assert.deepEqual(await rehearse(), { kind: "added", by: "20261130090000_sesame_0.1.0" });
    await sql`drop schema sesame`; // as its removal does
    assert.deepEqual(await rehearse(), { kind: "clear" });
  } finally {
    await sql.end();
    await Deno.remove(migrations, { recursive: true });
  }
});

interface Row {
  answer: string;
}

Deno.test("a missing answer does not count as clear", () => {
  // The last two: a server that runs the two statements in transactions of their own.
  for (const rows of [[], [{}], [{ answer: null }], [{ answer: "" }]]) {
    assert.equal(readRehearsal(rows).kind, "unknown");
  }
});
