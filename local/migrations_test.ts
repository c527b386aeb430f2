import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { applyMigrations, applySeed, skippedMigrations } from "./migrations.ts";
import { type LocalPostgres, startPostgres } from "./postgres.ts";
import { makeProject, type Project } from "./testing.ts";

/** A bare server and a project to migrate it with. */
interface Scene {
  project: Project;
  /** Where the project is, with its last slash. */
  folder: string;
  migrate(): Promise<string[]>;
  sql: postgres.Sql;
  url: string;
}

let server: LocalPostgres;
Deno.test.beforeAll(async () => void (server = await startPostgres({ durable: false })));
Deno.test.afterAll(() => server.stop());

/** Runs a test with these files, on a database of its own. */
async function onProject(
  files: Record<string, string>,
  test: (deps: Scene) => Promise<void>,
): Promise<void> {
  await using project = await makeProject(files);
  const url = await createDatabase();
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const migrate = () => applyMigrations(url, new URL("migrations/", project.url));
  try {
    await test({ project, folder: fileURLToPath(project.url), migrate, sql, url });
  } finally {
    await sql.end();
  }
}

async function createDatabase(): Promise<string> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  const sql = postgres(server.adminUrl, { max: 1 });
  await sql.unsafe(`create database ${name}`);
  await sql.end();
  return server.adminUrl.replace(/postgres$/, name);
}

const TWO = {
  "migrations/20260101000000_tables.sql":
    "create table a (id int);\n-- the second\ncreate table b (id int);\n",
  "migrations/20260101000100_row-of_a.sql": "insert into a values (1);",
};

Deno.test("migrations leave the history that the Supabase CLI would leave", () =>
  onProject(TWO, async ({ migrate, sql }) => {
    assert.deepEqual(await migrate(), ["20260101000000", "20260101000100"]);
    const history = await sql`select * from supabase_migrations.schema_migrations order by version`;
    assert.deepEqual([...history], [
      {
        version: "20260101000000",
        statements: ["create table a (id int)", "-- the second\ncreate table b (id int)"],
        name: "tables",
      },
      { version: "20260101000100", statements: ["insert into a values (1)"], name: "row-of_a" },
    ]);
  }));

Deno.test("only new migrations are applied", () =>
  onProject(TWO, async ({ project, migrate, sql }) => {
    await migrate();
    assert.deepEqual(await migrate(), []);
    await project.write({ "migrations/20260101000200_more.sql": "insert into a values (2);" });
    assert.deepEqual(await migrate(), ["20260101000200"]);
    assert.deepEqual([...await sql`select id from a order by id`], [{ id: 1 }, { id: 2 }]);
  }));

Deno.test("a refused statement is reported with file and line, and its file leaves no trace", () =>
  onProject({
    ...TWO,
    "migrations/20260101000200_wrong.sql":
      "create table c (id int);\n\n-- why\ninsert into c\nvalues ('x');\n",
  }, async ({ folder, migrate, sql }) => {
    await assert.rejects(migrate(), {
      name: "UserError",
      message:
        `${folder}migrations/20260101000200_wrong.sql:5: invalid input syntax for type integer: "x"`,
    });
    const [row] = await sql`
      select to_regclass('c') as c, (select count(*)::int from supabase_migrations.schema_migrations) as applied`;
    assert.deepEqual(row, { c: null, applied: 2 });
  }));

Deno.test("an error without a position is reported at the statement's first line, with its detail", () =>
  onProject({
    "migrations/20260101000000_twice.sql":
      "create table a (id int primary key);\ninsert into a values (1);\ninsert into a values (1);\n",
  }, async ({ folder, migrate }) => {
    await assert.rejects(migrate(), {
      message:
        `${folder}migrations/20260101000000_twice.sql:3: duplicate key value violates unique ` +
        'constraint "a_pkey"\n  Key (id)=(1) already exists.',
    });
  }));

Deno.test("as with the CLI, a version has any number of digits, and other files are skipped", () =>
  onProject({
    "migrations/first.sql": "no sql",
    "migrations/2025_short.sql": "select 1",
  }, async ({ project, migrate }) => {
    assert.deepEqual(await skippedMigrations(new URL("migrations/", project.url)), ["first.sql"]);
    assert.deepEqual(await migrate(), ["2025"]);
  }));

Deno.test("two files of one version are refused", () =>
  onProject({}, async ({ project, folder, migrate }) => {
    await project.write({
      "migrations/20260101000000_a.sql": "select 1",
      "migrations/20260101000000_b.sql": "select 1",
    });
    await assert.rejects(migrate(), {
      message: `${folder}migrations/20260101000000_b.sql: another file has this version`,
    });
  }));

Deno.test("a seed is applied whole or not at all, and need not exist", () =>
  onProject(TWO, async ({ project, migrate, sql, url }) => {
    await migrate();
    const seed = new URL("seed.sql", project.url);
    await applySeed(url, seed);
    await project.write({ "seed.sql": "insert into b values (7);\ninsert into b values ('y');" });
    await assert.rejects(applySeed(url, seed), { name: "UserError", message: /seed\.sql:2: / });
    assert.deepEqual([...await sql`select id from b`], []);
  }));
