import assert from "node:assert/strict";
import { ask } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { makeUserProject } from "../../cli/project/testing.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applySeed } from "../../local/migrations.ts";
import { push, sesame, succeed } from "./user_commands.ts";

const OLD_SITE = new URL("../e2e/old_site/database.sql", import.meta.url);

/** What the old site's page reads. */
const PURCHASES = `
  select access.id::int, module.name, access.access_type, access.expires_at
  from public.module_access as access join public.modules as module on module.id = access.module_id
  where access.user_id = 'ada00000-0000-4000-8000-000000000001' and access.is_active`;

Deno.test("an old site whose tables were made in the Dashboard", async (t) => {
  await using server = await startBareDatabase();
  await applySeed(server.url, OLD_SITE);
  const env = { SUPABASE_DB_URL: server.url };
  const purchases = await ask(server.url, PURCHASES);
  assert.equal(purchases.length, 1);
  const before = await takeSnapshot(server.url);
  await using project = await makeUserProject({
    "supabase/config.toml": 'project_id = "old-site"\n',
  });
  const files = await project.snapshot();

  await t.step("without --move-in add is refused, and names the option", async () => {
    const { code, stderr } = await sesame(project, "add --yes", env);
    assert.equal(code, 1);
    assert.match(stderr, /^ {4}alter table public\.modules rename to/m);
    assert.match(stderr, /^- If modules, module_access and access_tokens are .*add --move-in/m);
    assert.deepEqual(await project.snapshot(), files);
  });

  await t.step("with --move-in the plan lists what moves, and changes nothing", async () => {
    const plan = await succeed(sesame(project, "add --move-in --dry-run", env));
    const [, list] = /to schema legacy, unchanged:\n((?: {4}.*\n)+)It then copies their rows\./
      .exec(plan) ?? [];
    assert.deepEqual(list?.trim().split(/\n */), [
      "table public.access_tokens",
      "table public.module_access",
      "table public.modules",
    ]);
    const { moves } = JSON.parse(
      await succeed(sesame(project, "add --move-in --dry-run --json", env)),
    );
    assert.equal(moves.length, 3);
    assert.deepEqual(await takeSnapshot(server.url), before);
  });

  await t.step("added without the database's address, the push is refused", async () => {
    await succeed(sesame(project, "add --yes"));
    const { code, stderr } = await push(project, server.url);
    assert.equal(code, 1);
    assert.match(stderr, /add --move-in/);
  });

  await t.step("add --move-in then rewrites its migration", async () => {
    await succeed(sesame(project, "add --move-in --yes"));
    const second = await succeed(sesame(project, "add --yes"));
    assert.match(second, /Nothing has to be changed/);
  });

  await t.step("the push keeps every purchase open, and the old rows", async () => {
    await succeed(push(project, server.url));
    assert.deepEqual(await ask(server.url, PURCHASES), purchases);
    const [kept] = await ask(server.url, "select count(*)::int as rows from legacy.module_access");
    assert.equal(kept?.rows, 2);
    const [open] = await ask(
      server.url,
      `select set_config('request.jwt.claims', '{"sub": "ada00000-0000-4000-8000-000000000001"}', true),
        set_config('request.jwt.claim.sub', 'ada00000-0000-4000-8000-000000000001', true),
        public.has_module_access('whisper') as it`,
    );
    assert.equal(open?.it, true);
  });

  await t.step("remove names the old tables, and what of the site's needs ours", async () => {
    const out = await succeed(sesame(project, "remove --dry-run", env));
    assert.match(out, /^ {2}constraint orders_module_id_fkey on table public\.orders depends on/m);
    assert.match(out, /^- Your old tables in schema legacy[^]*backfill --undo/m);
  });

  await t.step("once the old tables are back, remove leaves the database as it was", async () => {
    await ask(server.url, "select sesame.step_aside()");
    const out = await succeed(sesame(project, "remove --dry-run", env));
    assert.doesNotMatch(out, /stand in the way/);
    await succeed(sesame(project, "remove --yes"));
    await succeed(push(project, server.url));
    const after = new Set(await takeSnapshot(server.url));
    // pg_cron counts its jobs, and Realtime keeps its messages for some days.
    const isOther = (line: string) => !/^(cron\.jobid_seq|realtime\.messages_)/.test(line);
    assert.deepEqual([...after.symmetricDifference(new Set(before))].filter(isOther), []);
  });
});

Deno.test("an old site whose tables are in its migrations: a new database gets the same", async () => {
  await using project = await makeUserProject({
    "supabase/config.toml": 'project_id = "old-site"\n',
    "supabase/migrations/20240101000000_site.sql": await Deno.readTextFile(OLD_SITE),
  });
  const refused = await sesame(project, "add --yes");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /add --move-in takes them over/);
  const plan = await succeed(sesame(project, "add --move-in later --yes"));
  assert.match(plan, /^ {4}table or view public\.module_access$/m);
  assert.match(plan, /backfill copies their rows later/);
  await using server = await startBareDatabase();
  await succeed(push(project, server.url));
  assert.equal((await ask(server.url, PURCHASES)).length, 0);
  await ask(server.url, "select sesame.move_in()");
  assert.equal((await ask(server.url, PURCHASES)).length, 1);
});
