import assert from "node:assert/strict";
import { startBareDatabase } from "../../local/bare_database.ts";
import {
  ask,
  type CatalogueFact,
  readCatalogue,
  readHistory,
} from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { OLD_ROWS, OLD_SHAPE } from "../../cli/backfill/old_database.ts";
import { makeApp } from "./app_project.ts";

const ADA = "ada00000-0000-4000-8000-000000000001";
const BOB = "b0b00000-0000-4000-8000-000000000002";

/** The query that sites run today. */
const OLD_QUERY = (user: string) =>
  `select * from module_access where user_id = '${user}' and is_active order by id`;

Deno.test("supabase db push takes over an old database when asked", async (t) => {
  await using fresh = await startBareDatabase();
  await using shaped = await startBareDatabase();
  await using lived = await startBareDatabase();
  await ask(shaped.url, OLD_SHAPE);
  await ask(lived.url, OLD_SHAPE + OLD_ROWS);
  const before = await ask(lived.url, OLD_QUERY(ADA));
  const held = await readOldTables(lived.url, "public");

  await using app = await makeApp();
  await app.addSesame("now");

  await t.step("a push succeeds on each", async () => {
    for (const { url } of [fresh, shaped, lived]) {
      const { code, stderr } = await app.push(url);
      assert.equal(code, 0, stderr);
    }
    assert.deepEqual(await readHistory(shaped.url), await readHistory(fresh.url));
  });

  await t.step("the old tables are untouched, in schema legacy", async () => {
    assert.deepEqual(await readOldTables(lived.url, "legacy"), held);
  });

  await t.step("modules keep their ids, and get slugs", async () => {
    assert.deepEqual(
      (await ask(lived.url, "select id, slug, title, is_active from public.modules order by id"))
        .map((row) => Object.values(row).join(" ")),
      [
        "7 stablediffusion StableDiffusion true",
        "9 whisper Whisper true",
        "12 module-3d-diteur 3D Éditeur false",
      ],
    );
    const [added] = await ask(
      lived.url,
      "insert into public.modules (slug, title) values ('new', 'New') returning id",
    );
    assert.equal(Number(added?.id), 13);
  });

  await t.step("the old query answers as before", async () => {
    const after = await ask(lived.url, OLD_QUERY(ADA));
    const fieldsOf = ({ id, user_id, module_id, access_type, expires_at, is_active }: Row) => [
      ...[id, module_id].map(Number),
      ...[user_id, access_type, is_active],
      expires_at === null ? null : new Date(expires_at).toISOString(),
    ];
    assert.deepEqual(after.map(fieldsOf), before.map(fieldsOf));
    const [first] = after;
    assert.equal(first?.token_id, before[0]?.token_id);
  });

  await t.step(
    "an owner named by an address waits while Auth may not verify addresses",
    async () => {
      assert.deepEqual([...await ask(lived.url, OLD_QUERY(BOB))], []);
    },
  );

  await t.step(
    "once Auth verifies addresses, the owner is the member who has verified this one",
    async () => {
      for (const { url } of [fresh, shaped, lived]) {
        await ask(url, "select public.sesame_set_address_claims(true, 'setup', 'Auth asks')");
      }
      assert.deepEqual(
        (await ask(lived.url, OLD_QUERY(BOB))).map(({ module_id, expires_at }) => [
          Number(module_id),
          expires_at?.toISOString() ?? null,
        ]).sort(),
        [[7, null], [9, "2099-06-01T12:00:00.000Z"]],
      );
    },
  );

  await t.step("no row is lost: each is copied, waits, or stays with a reason", async () => {
    const report = await ask(
      lived.url,
      "select concat_ws(' ', old_table, state, number, why) as line from sesame.moving_in_report()",
    );
    assert.deepEqual(report.map(({ line }) => line), [
      "access_tokens came 3",
      "access_tokens stays 1 it names no owner",
      "access_tokens stays 1 its module does not exist",
      "access_tokens waits 2 its owner is not a known user",
      "module_access came 1 its token says it",
      "module_access came 4",
      "modules came 3",
    ]);
  });

  await t.step("a member who signs up later gets the waiting rows", async () => {
    await ask(
      lived.url,
      "insert into auth.users (id, email, email_confirmed_at) values " +
        "('c1e00000-0000-4000-8000-000000000003', 'cleo@example.com', now())",
    );
    assert.equal(
      (await ask(lived.url, OLD_QUERY("c1e00000-0000-4000-8000-000000000003"))).length,
      1,
    );
  });

  await t.step("moving in again copies nothing", async () => {
    const was = await readAccess(lived.url);
    await ask(lived.url, "select sesame.move_in()");
    assert.deepEqual(await readAccess(lived.url), was);
  });

  await t.step("moving in can be undone and repeated, with the same result", async () => {
    const was = await readAccess(lived.url);
    await ask(lived.url, "select sesame.move_out()");
    assert.deepEqual(await readAccess(lived.url), []);
    await ask(lived.url, "select sesame.move_in()");
    assert.deepEqual(await readAccess(lived.url), was);
  });

  await t.step("a foreign key of the site's points at our modules", async () => {
    const [key] = await ask(
      lived.url,
      "select confrelid::regclass::text as target from pg_constraint where conname = 'orders_module_id_fkey'",
    );
    assert.equal(key?.target, "modules");
  });

  await t.step(
    "all three databases are the same, but for schema legacy and carried columns",
    async () => {
      for (const { url } of [shaped, lived]) {
        await ask(url, "drop table public.orders; drop schema legacy cascade");
        const carried = await ask(
          url,
          "select of_table || '.' || name as name from sesame.carried_columns order by 1",
        );
        const names = carried.map(({ name }) => name);
        assert.deepEqual(names, ["modules.name", "modules.price"]);
        const isCarried = ({ kind, name }: CatalogueFact) =>
          kind.startsWith("column") && names.includes(name) ||
          kind === "order of columns" && name === "modules";
        const [found, wanted] = [await readCatalogue(url), await readCatalogue(fresh.url)]
          .map((facts) => facts.filter((fact) => !isCarried(fact)));
        assert.deepEqual(found, wanted);
      }
    },
  );
});

Deno.test("a push that was asked to take over moves every old object with our name aside", async () => {
  await using app = await makeApp();
  await app.addSesame("now");
  await using fresh = await startBareDatabase();
  assert.equal((await app.push(fresh.url)).code, 0);
  const names = await ask(fresh.url, OUR_NAMES);
  assert.ok(names.length > 15);

  await using old = await startBareDatabase();
  for (const { statement } of names) await ask(old.url, statement);
  const { code, stderr } = await app.push(old.url);
  assert.equal(code, 0, stderr);
});

Deno.test("with `later` the push brings no rows, and the backfill does", async () => {
  await using app = await makeApp();
  await app.addSesame("later");
  await using old = await startBareDatabase();
  await ask(old.url, OLD_SHAPE + OLD_ROWS);
  const { code, stderr } = await app.push(old.url);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await readAccess(old.url), []);
  await ask(old.url, "update sesame.settings set verified_email_claims = true");
  await ask(old.url, "select sesame.move_in()");
  assert.equal((await readAccess(old.url)).length, 7);
});

Deno.test("a push that is not asked to take over takes nothing, and says how to ask", async () => {
  await using app = await makeApp();
  await app.addSesame();
  await using old = await startBareDatabase();
  await ask(old.url, OLD_SHAPE + OLD_ROWS);
  const before = await takeSnapshot(old.url);
  const { code, stderr } = await app.push(old.url);
  assert.equal(code, 1);
  assert.match(stderr, /^ +alter table public\.module_access rename to/m);
  assert.match(stderr, /^- If modules, module_access and access_tokens are your own record/m);
  assert.deepEqual(
    (await takeSnapshot(old.url)).filter((line) => !line.includes("supabase_migrations")),
    before,
  );
});

/** Statements that create a foreign object with the name of each of our public tables, views and functions. */
const OUR_NAMES = `
  select format('create table public.%I (id serial primary key, strange text)', relname) as statement
  from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
  union all
  select format('create function public.%I(%s) returns text language sql as ''select 1::text''',
    proname, oidvectortypes(proargtypes))
  from pg_proc where pronamespace = 'public'::regnamespace`;

// deno-lint-ignore no-explicit-any -- a row of whichever table it is
type Row = Record<string, any>;

async function readOldTables(dbUrl: string, schema: string): Promise<string[]> {
  const rows = await ask(
    dbUrl,
    ["modules", "access_tokens", "module_access"]
      .map((table) => `select to_jsonb(old)::text as line from ${schema}.${table} as old`)
      .join(" union all ") + " order by line",
  );
  return rows.map(({ line }) => line);
}

async function readAccess(dbUrl: string): Promise<string[]> {
  const rows = await ask(
    dbUrl,
    "select (to_jsonb(access) - '{id,updated_at,created_at}'::text[])::text as line " +
      "from public.module_access as access order by line",
  );
  return rows.map(({ line }) => line);
}
