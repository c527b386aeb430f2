import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "smol-toml";
import { carryOut } from "../project/changes.ts";
import { type Manifest, readManifest, writeManifest } from "../project/manifest.ts";
import { APP, KINDS, makeUserProject, type TestProject } from "../project/testing.ts";
import { nextInWords, planInWords } from "../remove/in_words.ts";
import { planRemoval } from "../remove/plan.ts";
import { removeAsPlanned } from "../remove/remove.ts";
import { examineFiles } from "../status/examine.ts";
import { addAsPlanned } from "./add.ts";
import { HOW_TO_MOVE_IN } from "./move_in.ts";
import { type AddPlan, planAdd } from "./plan.ts";
import { VERSION } from "../version.ts";

const NOW = new Date("2026-11-30T09:00:00Z");
const LATER = new Date("2026-11-30T10:00:00Z");

async function plan(
  { folder }: TestProject,
  functionsPrefix = "",
  schema?: string,
): Promise<AddPlan> {
  const options = { functionsPrefix, ...schema === undefined ? {} : { schema } };
  return await planAdd(folder, options, await readManifest(folder), NOW);
}

async function add(project: TestProject, prefix = "", schema?: string): Promise<AddPlan> {
  const planned = await plan(project, prefix, schema);
  assert.deepEqual(planned.clashes, []);
  await addAsPlanned(project.folder, planned, await readManifest(project.folder));
  return planned;
}

async function remove({ folder }: TestProject, keepsData = false): Promise<string[]> {
  const manifest = await readManifest(folder) as Manifest;
  const planned = await planRemoval(folder, manifest, keepsData, LATER);
  await removeAsPlanned(folder, planned);
  return planned.edited;
}

/** Without the migrations of ours, and the folder that may have been made for them. */
function withoutOurMigrations(snapshot: Record<string, string>, before: Record<string, string>) {
  const isOurs = (path: string) =>
    /^supabase\/migrations\/\d+_sesame_/.test(path) ||
    /^supabase\/(migrations\/)?$/.test(path) && before[path] === undefined;
  return Object.fromEntries(Object.entries(snapshot).filter(([path]) => !isOurs(path)));
}

for (const [kind, files] of Object.entries(KINDS)) {
  Deno.test(`${kind}: add writes, a second add changes nothing, remove leaves it as it was`, async () => {
    await using project = await makeUserProject(files);
    const before = await project.snapshot();

    const { changes, manifest } = await add(project);
    const added = await project.snapshot();
    const touched = changes.map(({ path }) => `supabase/${path}`);
    for (const [path, text] of Object.entries(before)) {
      if (touched.includes(path)) assert.ok(added[path]?.startsWith(text), path);
      else assert.equal(added[path], text, path);
    }
    const status = await examineFiles(project.folder, manifest);
    assert.deepEqual([status.edited, status.missing], [[], []]);
    assert.ok(status.whole > 100);

    assert.deepEqual((await plan(project)).changes, []);
    await add(project);
    assert.deepEqual(await project.snapshot(), added);

    assert.deepEqual(await remove(project), []);
    const after = await project.snapshot();
    assert.deepEqual(withoutOurMigrations(after, before), before);
    const left = Object.keys(after).filter((path) => path.includes("_sesame_"));
    assert.equal(left.length, 2);
    assert.match(left[1] ?? "", /_sesame_remove\.sql$/);

    assert.equal(`supabase/migrations/${(await plan(project)).removal}`, left[1]);
    await add(project);
    assert.notEqual((await readManifest(project.folder))?.migration, manifest.migration);
  });
}

Deno.test("the migration comes after the app's last one, in the line ends of no file but the app's", async () => {
  await using project = await makeUserProject(KINDS["an app with Windows line ends"]);
  const { manifest } = await add(project);
  assert.equal(manifest.migration, `20991231235960_sesame_${VERSION}.sql`);
  assert.doesNotMatch(await project.read("supabase/config.toml"), /[^\r]\n/);
  assert.doesNotMatch(await project.read("supabase/functions/checkout/index.ts"), /\r/);
});

Deno.test("a secret that the example file has already is not written a second time", async () => {
  await using project = await makeUserProject(APP);
  await add(project);
  const text = await project.read("supabase/functions/.env.example");
  assert.equal(text.match(/^STRIPE_SECRET_KEY=/gm)?.length, 1);
  assert.match(text, /^STRIPE_WEBHOOK_SECRET=$/m);
});

Deno.test("line ends that git has changed count as unchanged, and everything can be removed", async () => {
  await using project = await makeUserProject(APP);
  const { manifest } = await add(project);
  for (const path of [...Object.keys(manifest.files), ...Object.keys(manifest.blocks)]) {
    const text = await project.read(`supabase/${path}`);
    await project.write({ [`supabase/${path}`]: text.replaceAll(/\r?\n/g, "\r\n") });
  }
  const status = await examineFiles(project.folder, manifest);
  assert.deepEqual([status.edited, status.missing], [[], []]);
  assert.deepEqual(await remove(project), []);
});

Deno.test("names that are taken are refused with the whole list, and nothing is written", async () => {
  await using project = await makeUserProject({
    ...APP,
    "supabase/migrations/20250302090000_modules.sql": `
      create table public.modules (id uuid primary key);
      create table access_tokens (token_hash text);
      create function public.grant_module_access(a uuid) returns int language sql as 'select 1';
      create schema sesame;
      create trigger users_welcome_user after insert on auth.users for each row execute function f();
      create table public.module_prices ();
      create view public.my_modules as select 1 as a;
      create table shop.module_access ();`,
    "supabase/migrations/20250303090000_renamed.sql": `
      alter table module_prices rename to prices; drop view my_modules;`,
    "supabase/functions/checkout/index.ts": "export default {};\n",
    "supabase/config.toml": `${
      APP["supabase/config.toml"]
    }\n[functions.health]\nverify_jwt = true\n`,
  });
  const before = await project.snapshot();
  const { clashes, changes } = await plan(project);
  assert.deepEqual(changes, []);
  const RENAME =
    "20250302090000_modules.sql. Rename it in a new migration, and change what uses it.";
  const PREFIX = "Give ours other names: --functions-prefix sesame";
  assert.deepEqual(clashes, [
    `table or view public.modules is created by supabase/migrations/${RENAME}`,
    `table or view public.access_tokens is created by supabase/migrations/${RENAME}`,
    `function public.grant_module_access is created by supabase/migrations/${RENAME}`,
    `schema sesame is created by supabase/migrations/${RENAME}`,
    `trigger users_welcome_user on auth.users is created by supabase/migrations/${RENAME}`,
    HOW_TO_MOVE_IN,
    "If these tables, views and functions are to keep their names, give Sesame a schema of its own: --schema sesame_api",
    `supabase/functions/checkout is a function of your own. ${PREFIX}`,
    `supabase/config.toml has [functions.health] already. ${PREFIX}`,
  ]);
  assert.deepEqual(await project.snapshot(), before);
});

for (const [kind, files] of Object.entries(KINDS)) {
  Deno.test(`${kind}: a schema of its own is exposed, and remove leaves all as it was`, async () => {
    await using project = await makeUserProject(files);
    const before = await project.snapshot();
    const { manifest } = await add(project, "", "sesame_api");
    const added = await project.snapshot();
    const config = parse(added["supabase/config.toml"]?.replace(/^\uFEFF/, "") ?? "");
    assert.deepEqual(Object(config.api).schemas, ["public", "graphql_public", "sesame_api"]);
    const code = await project.read("supabase/functions/_sesame/_shared/exposed_schema.ts");
    assert.match(code, /EXPOSED_SCHEMA: string = "sesame_api";/);

    const status = await examineFiles(project.folder, manifest);
    assert.deepEqual([status.edited, status.missing], [[], []]);
    assert.deepEqual((await plan(project, "", "sesame_api")).changes, []);

    assert.deepEqual(await remove(project), []);
    const after = withoutOurMigrations(await project.snapshot(), before);
    assert.deepEqual(after, withoutOurMigrations(before, before));
  });
}

Deno.test("a schema of its own clashes with nothing of the app's, except a schema of that name", async () => {
  await using project = await makeUserProject({
    ...APP,
    "supabase/migrations/20250302090000_modules.sql":
      "create table modules (id uuid primary key); create schema shop; create table shop.modules ();",
  });
  assert.equal((await plan(project)).clashes.length, 3);
  assert.deepEqual((await plan(project, "", "sesame_api")).clashes, []);
  const RENAME = "supabase/migrations/20250302090000_modules.sql. " +
    "Rename it in a new migration, and change what uses it.";
  assert.deepEqual((await plan(project, "", "shop")).clashes, [
    `schema shop is created by ${RENAME}`,
    `table or view shop.modules is created by ${RENAME}`,
  ]);
});

Deno.test("a taken function name: with a prefix ours have other names, in the SQL and the code too", async () => {
  await using project = await makeUserProject({
    ...APP,
    "supabase/functions/checkout/index.ts": "export default {};\n",
  });
  const { manifest } = await add(project, "sesame-");
  assert.match(
    await project.read("supabase/functions/sesame-checkout/index.ts"),
    /"\.\.\/_sesame\/checkout\/index\.ts"/,
  );
  assert.match(await project.read("supabase/config.toml"), /\[functions\.sesame-stripe-webhook\]/);
  const sql = await project.read(`supabase/migrations/${manifest.migration}`);
  assert.match(sql, /'\/functions\/v1\/sesame-reconcile'/);
  const code = await project.read("supabase/functions/_sesame/module-token/module_token.ts");
  assert.match(code, /\/functions\/v1\/sesame-module-token`/);
  assert.doesNotMatch(
    JSON.stringify(await project.snapshot()),
    /functions\/v1\/(reconcile|module-token)/,
  );
  assert.equal(await project.read("supabase/functions/checkout/index.ts"), "export default {};\n");
});

Deno.test("with --move-in tables and functions move, and the rest of the names is still refused", async () => {
  await using project = await makeUserProject({
    "supabase/migrations/20250302090000_site.sql": `
      create table public.modules (id int); create function public.erase_user() returns int return 1;
      create type public.module_access as enum ('open'); create schema sesame;`,
  });
  const { clashes, moves } = await planAdd(
    project.folder,
    { functionsPrefix: "", moveIn: "now" },
    null,
    NOW,
  );
  assert.deepEqual(moves, ["table or view public.modules", "function public.erase_user"]);
  assert.deepEqual(clashes.map((line) => line.split(" is created")[0]), [
    "schema sesame",
  ]);
});

Deno.test("a removal empties the installation, unless a migration of the app follows it", async () => {
  for (const later of [false, true]) {
    await using project = await makeUserProject(APP);
    const { migration } = (await add(project)).manifest;
    const path = "supabase/migrations/20991231235961_uses_it.sql";
    if (later) await project.write({ [path]: "select 1;\n" });
    await remove(project);
    const sql = await project.read(`supabase/migrations/${migration}`);
    assert.equal(/create schema sesame/.test(sql), later);
    if (!later) assert.match(sql, /^-- Empty: \d+_sesame_remove\.sql has removed Sesame\.\n$/);
  }
});

Deno.test("a removal leaves an installation as it is that was edited by hand", async () => {
  await using project = await makeUserProject(APP);
  const path = `supabase/migrations/${(await add(project)).manifest.migration}`;
  const edited = `${await project.read(path)}\nselect 1;\n`;
  await project.write({ [path]: edited });
  await remove(project);
  assert.equal(await project.read(path), edited);
});

Deno.test("chapters from a clone of another version are refused, with why", async () => {
  await using project = await makeUserProject({
    "supabase/migrations/20261121000050_preconditions.sql": "select 1;\n",
    "supabase/migrations/20261121000100_schemas.sql": "create schema sesame;\n",
  });
  const { clashes } = await plan(project);
  assert.equal(clashes.length, 1);
  assert.match(clashes[0] ?? "", /from a clone, but 1\d\d of them are missing or differ from/);
});

Deno.test("a project whose sesame.json is lost is refused", async () => {
  await using project = await makeUserProject();
  await add(project);
  await Deno.remove(join(project.folder, "sesame.json"));
  const { clashes } = await plan(project);
  assert.match(clashes[0] ?? "", /sesame\.json is not\. Restore it/);
});

Deno.test("a configuration that takes no more tables is refused in one line", async () => {
  await using inline = await makeUserProject({
    "supabase/config.toml": "functions = { hello = { verify_jwt = false } }\n",
  });
  await assert.rejects(
    plan(inline),
    /functions as it is written there\. Write each function as a table/,
  );
  await using broken = await makeUserProject({ "supabase/config.toml": "a = \n" });
  await assert.rejects(plan(broken), /config\.toml, line 1: this is not TOML/);
});

Deno.test("files that the user changed are not overwritten, not removed, and named each time", async () => {
  await using project = await makeUserProject(APP);
  await add(project);
  const code = "supabase/functions/_sesame/checkout/start.ts";
  const config = await project.read("supabase/config.toml");
  const edits = {
    [code]: `${await project.read(code)}// mine\n`,
    "supabase/config.toml": config.replace(
      "[functions.health]",
      "[functions.health]\nenabled = false",
    ),
  };
  await project.write(edits);
  const edited = ["functions/_sesame/checkout/start.ts", "config.toml"];
  const planned = await plan(project);
  assert.deepEqual([planned.changes, planned.edited], [[], edited]);
  await add(project);
  assert.deepEqual((await remove(project)).sort(), edited.toSorted());
  for (const [path, text] of Object.entries(edits)) assert.equal(await project.read(path), text);
});

Deno.test("once it was added, a later migration of the app may name our objects", async () => {
  await using project = await makeUserProject(APP);
  await add(project);
  const dump = "create schema sesame; create table public.modules ();";
  await project.write({ "supabase/migrations/21000101000000_remote_schema.sql": dump });
  assert.deepEqual((await plan(project)).clashes, []);
});

Deno.test("a file that is missing is restored", async () => {
  await using project = await makeUserProject();
  await add(project);
  const added = await project.snapshot();
  await Deno.remove(join(project.folder, "functions/checkout/deno.json"));
  await Deno.remove(join(project.folder, "config.toml"));
  await add(project);
  assert.deepEqual(await project.snapshot(), added);
});

Deno.test("lines that the user added below our block stay", async () => {
  await using project = await makeUserProject(APP);
  await add(project);
  const own = "\n[functions.later]\nverify_jwt = true\n";
  await project.write({ "supabase/config.toml": await project.read("supabase/config.toml") + own });
  assert.deepEqual((await plan(project)).changes, []);
  await remove(project);
  assert.equal(await project.read("supabase/config.toml"), APP["supabase/config.toml"] + own);
});

Deno.test("interrupted after any write, add run again finishes, and remove cleans up", async (t) => {
  await using whole = await makeUserProject(APP);
  const { changes } = await add(whole);
  const wanted = await whole.snapshot();
  const steps = [
    0,
    1,
    2,
    50,
    changes.length - 3,
    changes.length - 2,
    changes.length - 1,
    changes.length,
  ];
  for (const step of steps) {
    await t.step(`after ${step} of ${changes.length} files`, async () => {
      await using project = await makeUserProject(APP);
      const before = await project.snapshot();
      await interrupt(project, step);
      await add(project);
      assert.deepEqual(await project.snapshot(), wanted);

      await using other = await makeUserProject(APP);
      await interrupt(other, step);
      await remove(other);
      const after = await other.snapshot();
      assert.deepEqual(withoutOurMigrations(after, before), before);
      const migrations = Object.keys(after).filter((path) => path.includes("_sesame_"));
      assert.equal(migrations.length, step === changes.length ? 2 : 0);
    });
  }
});

/** As a killed `add` leaves a project: the manifest, some files, and the draft of the next one. */
async function interrupt(project: TestProject, step: number): Promise<void> {
  const { manifest, changes } = await plan(project);
  await writeManifest(project.folder, { ...manifest, state: "adding" });
  await carryOut(project.folder, changes.slice(0, step));
  const next = changes[step];
  if (next === undefined) return;
  await project.write({ [`supabase/${next.path}.sesame-draft`]: "half" });
}

Deno.test("interrupted after any write, remove run again finishes", async () => {
  await using reference = await makeUserProject(APP);
  await add(reference);
  await remove(reference);
  const wanted = await reference.snapshot();
  for (const step of [0, 1, 2, 60, 127]) {
    await using project = await makeUserProject(APP);
    await add(project);
    const manifest = await readManifest(project.folder) as Manifest;
    const planned = await planRemoval(project.folder, manifest, false, LATER);
    await writeManifest(project.folder, planned.manifest);
    await carryOut(project.folder, planned.changes.slice(0, step));
    await remove(project);
    assert.deepEqual(await project.snapshot(), wanted, `after ${step}`);
  }
});

Deno.test("a removal that was interrupted keeps the rows if either run says --keep-data", async () => {
  for (const [first, second] of [[false, true], [true, false]] as const) {
    await using project = await makeUserProject(APP);
    await add(project);
    const manifest = await readManifest(project.folder) as Manifest;
    const planned = await planRemoval(project.folder, manifest, first, LATER);
    await writeManifest(project.folder, planned.manifest);
    await carryOut(project.folder, planned.changes.slice(0, 3));
    const there = await readManifest(project.folder) as Manifest;
    const again = await planRemoval(project.folder, there, second, LATER);
    assert.equal(again.keepsData, true);
    assert.match(planInWords(again, project.folder).join("\n"), /It copies all rows into/);
    await remove(project, second);
    assert.match(await project.read(`supabase/migrations/${planned.removal}`), /'sesame_archive'/);
  }
});

Deno.test("a function that the user made their own: remove does not advise to delete it", async () => {
  await using project = await makeUserProject(APP);
  await add(project);
  await project.write({ "supabase/functions/checkout/index.ts": "export default {}; // mine\n" });
  const manifest = await readManifest(project.folder) as Manifest;
  const planned = await planRemoval(project.folder, manifest, false, LATER);
  assert.deepEqual(planned.edited, ["functions/checkout/index.ts"]);
  const lines = nextInWords(planned).filter((line) => line.includes("functions delete"));
  assert.ok(lines.length > 3);
  assert.ok(!lines.some((line) => line.endsWith(" checkout")), lines.join("\n"));
});

Deno.test("a manifest that names a file outside supabase/ is refused", async () => {
  await using project = await makeUserProject(APP);
  const { manifest } = await plan(project);
  for (
    const path of ["../package.json", "/etc/passwd", "functions/../../package.json", "a\\..\\b"]
  ) {
    await writeManifest(project.folder, { ...manifest, files: { [path]: "0" } });
    await assert.rejects(readManifest(project.folder), /sesame\.json cannot be read/);
  }
});
