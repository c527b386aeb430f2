import assert from "node:assert/strict";
import { carryOut } from "../project/changes.ts";
import { type Manifest, readManifest, writeManifest } from "../project/manifest.ts";
import { APP, KINDS, makeUserProject, type TestProject } from "../project/testing.ts";
import { planRemoval } from "../remove/plan.ts";
import { removeAsPlanned } from "../remove/remove.ts";
import { examineFiles } from "../status/examine.ts";
import { planAdd } from "../add/plan.ts";
import { VERSION } from "../version.ts";
import { diffOf } from "./diff.ts";
import { planUpgrade, type UpgradePlan } from "./plan.ts";
import { addOlder, makeReleases, OLD_FILES, OLDER, OLDEST } from "./testing.ts";
import { upgradeAsPlanned } from "./upgrade.ts";

const NOW = new Date("2027-01-01T09:00:00Z");
const releases = await makeReleases(
  "create table sesame.first ();",
  "create table sesame.second ();",
);
globalThis.addEventListener("unload", () => Deno.removeSync(releases.url, { recursive: true }));

async function plan({ folder }: TestProject): Promise<UpgradePlan> {
  return await planUpgrade(folder, await readManifest(folder) as Manifest, NOW, releases.url);
}

async function upgrade(project: TestProject): Promise<UpgradePlan> {
  const planned = await plan(project);
  assert.deepEqual(planned.clashes, []);
  await upgradeAsPlanned(project.folder, planned);
  return planned;
}

/** The files of a project that had this version from the start, without its migrations and its manifest. */
async function freshFiles(files: Record<string, string>): Promise<Record<string, string>> {
  await using project = await makeUserProject(files);
  const { changes } = await planAdd(project.folder, { functionsPrefix: "" }, null, NOW);
  await carryOut(project.folder, changes);
  return withoutHistory(await project.snapshot());
}

function withoutHistory(snapshot: Record<string, string>): Record<string, string> {
  const isHistory = (path: string) => /\/\d+_sesame_|\/sesame\.json$/.test(path);
  return Object.fromEntries(Object.entries(snapshot).filter(([path]) => !isHistory(path)));
}

for (const [kind, files] of Object.entries(KINDS)) {
  Deno.test(`${kind}: an older version is upgraded to the files of this one, and removed without a trace`, async () => {
    await using project = await makeUserProject(files);
    const before = await project.snapshot();
    const old = await addOlder(project);
    const oldText = await project.read(`supabase/migrations/${old}`);
    const planned = await upgrade(project);
    assert.deepEqual([planned.edits, planned.left], [[], []]);
    assert.deepEqual(planned.lostFunctions, ["portal"]);
    assert.deepEqual(withoutHistory(await project.snapshot()), await freshFiles(files));
    assert.equal(await project.read(`supabase/migrations/${old}`), oldText);

    const manifest = await readManifest(project.folder) as Manifest;
    assert.deepEqual([manifest.version, manifest.state, manifest.migration], [
      VERSION,
      "added",
      old,
    ]);
    assert.match(
      manifest.upgrades.join(),
      new RegExp(`^\\d+_sesame_${OLDER}_to_${VERSION}\\.sql$`),
    );
    const status = await examineFiles(project.folder, manifest);
    assert.deepEqual([status.edited, status.missing], [[], []]);

    await removeAsPlanned(
      project.folder,
      await planRemoval(project.folder, manifest, false, NOW),
    );
    const after = withoutHistory(await project.snapshot());
    for (const path of ["supabase/", "supabase/migrations/"]) {
      if (before[path] === undefined) delete after[path];
    }
    assert.deepEqual(after, before);
  });
}

Deno.test("two versions apart, one migration has both steps in their order, after every other migration", async () => {
  await using project = await makeUserProject(APP);
  await addOlder(project, OLDEST);
  const { manifest } = await upgrade(project);
  const [name = ""] = manifest.upgrades;
  assert.equal(name, `20991231235961_sesame_${OLDEST}_to_${VERSION}.sql`);
  const sql = await project.read(`supabase/migrations/${name}`);
  assert.match(sql, /sesame\.first[^]*sesame\.second/);
  assert.match(sql, /migration repair --status applied 20991231235961'/);
});

Deno.test("after an upgrade, add restores a missing file and changes no migration", async () => {
  await using project = await makeUserProject(APP);
  await addOlder(project);
  await upgrade(project);
  const upgraded = await project.snapshot();
  await Deno.remove(`${project.folder}/functions/checkout/index.ts`);
  const there = await readManifest(project.folder);
  const planned = await planAdd(project.folder, { functionsPrefix: "" }, there, NOW);
  assert.deepEqual(planned.changes.map(({ path }) => path), ["functions/checkout/index.ts"]);
  assert.deepEqual(planned.manifest, there);
  await carryOut(project.folder, planned.changes);
  assert.deepEqual(await project.snapshot(), upgraded);
});

Deno.test("files that the user changed stay, and the diff shows what is new in them", async () => {
  await using project = await makeUserProject(APP);
  await addOlder(project);
  const config = await project.read("supabase/config.toml");
  const edits = {
    [`supabase/${OLD_FILES.changed}`]: "// older\r\n// mine\r\n",
    [`supabase/${OLD_FILES.gone[0]}`]: "// mine too\n",
    "supabase/functions/health/index.ts": "// mine as well\n",
    "supabase/config.toml": config.replace("[functions.portal]", "# mine\n[functions.portal]"),
  };
  await project.write(edits);
  const planned = await upgrade(project);
  for (const [path, text] of Object.entries(edits)) assert.equal(await project.read(path), text);
  assert.deepEqual(planned.left, [OLD_FILES.gone[0]]);
  assert.deepEqual(planned.lostFunctions, [], "no advice to delete what is the user's now");
  assert.deepEqual(planned.edits.map(({ path, isNew }) => [path, isNew]), [
    ["functions/health/index.ts", false],
    [OLD_FILES.changed, true],
    ["config.toml", true],
  ]);
  const [, code, block] = planned.edits.map(diffOf);
  assert.match(code!, /^--- supabase\/functions\/_sesame\/checkout\/start\.ts \(yours\)\n\+\+\+ /);
  assert.match(code!, /^-\/\/ older\n-\/\/ mine\n\+/m);
  assert.match(block!, /^-# mine\n-\[functions\.portal\]\n/m);
  assert.match(block!, /^\+\[functions\.checkout\]$/m);
  assert.doesNotMatch(block!, /^[-+].*(project_id|hello)/m, "the user's own lines do not differ");

  // As the advice says: the file away, the block out, and add again.
  await Deno.remove(`${project.folder}/${OLD_FILES.changed}`);
  await project.write({
    "supabase/config.toml": edits["supabase/config.toml"]!.replace(/# >>> [^]*# <<< sesame\n/, ""),
  });
  const manifest = await readManifest(project.folder);
  const again = await planAdd(project.folder, { functionsPrefix: "" }, manifest, NOW);
  assert.deepEqual(again.changes.map(({ path }) => path), [OLD_FILES.changed, "config.toml"]);
  await carryOut(project.folder, again.changes);
  const status = await examineFiles(project.folder, again.manifest);
  assert.deepEqual(status.edited, ["functions/health/index.ts"]);
});

Deno.test("line ends that git changed are no edit, and stay as they are", async () => {
  await using project = await makeUserProject(APP);
  await addOlder(project);
  const paths = [OLD_FILES.changed, "config.toml", "functions/.env.example"];
  for (const path of paths) {
    const text = await project.read(`supabase/${path}`);
    await project.write({ [`supabase/${path}`]: text.replaceAll(/\r?\n/g, "\r\n") });
  }
  assert.deepEqual((await upgrade(project)).edits, []);
  for (const path of paths) {
    assert.doesNotMatch(await project.read(`supabase/${path}`), /[^\r]\n/, path);
  }
});

Deno.test("our lines are renewed in their place, and comments of the user around them stay", async () => {
  await using project = await makeUserProject(APP);
  await addOlder(project);
  const own = "# below ours\n[functions.later]\nverify_jwt = true # mine\n";
  const config = await project.read("supabase/config.toml");
  await project.write({ "supabase/config.toml": config + own });
  await upgrade(project);
  const after = await project.read("supabase/config.toml");
  assert.ok(
    after.startsWith(APP["supabase/config.toml"]!) && after.endsWith(`# <<< sesame\n${own}`),
  );
  assert.match(after, /\[functions\.checkout\]/);
  assert.doesNotMatch(after, /portal/);
});

Deno.test("names that the new version needs and the app has are refused with the whole list", async () => {
  await using project = await makeUserProject(APP);
  await addOlder(project);
  const manifest = await readManifest(project.folder) as Manifest;
  // The older version had no function health.
  for (const path of Object.keys(manifest.files)) {
    if (path.startsWith("functions/health/")) delete manifest.files[path];
  }
  await writeManifest(project.folder, manifest);
  await project.write({
    "supabase/migrations/21000101000000_mine.sql":
      "create schema sesame; create table sesame.second (id int);",
    "supabase/config.toml": `${await project.read(
      "supabase/config.toml",
    )}[functions.checkout]\nverify_jwt = true\n`,
  });
  const before = await project.snapshot();
  const { clashes, changes } = await plan(project);
  assert.deepEqual(changes, []);
  const RENAME = "The new version has a function of this name. Give yours another name.";
  assert.deepEqual(clashes, [
    "table or view sesame.second is created by supabase/migrations/21000101000000_mine.sql. " +
    "Rename it in a new migration, and change what uses it.",
    `supabase/functions/health is a function of your own. ${RENAME}`,
    `supabase/config.toml has [functions.checkout] outside of our lines. ${RENAME}`,
  ]);
  assert.deepEqual(await project.snapshot(), before);
});

Deno.test("two branches that both upgraded: upgrade, status and remove name the migration that came twice", async () => {
  await using project = await makeUserProject(APP);
  await addOlder(project);
  const old = await project.read("supabase/sesame.json");
  const { manifest } = await upgrade(project);
  const [name = ""] = manifest.upgrades;
  // The merge took the manifest of one branch and the migrations of both.
  await project.write({ "supabase/sesame.json": old });
  const { clashes, changes } = await plan(project);
  assert.deepEqual([clashes.length, changes], [1, []]);
  assert.match(clashes[0] ?? "", new RegExp(`^supabase/migrations/${name} is there, but `));

  await writeManifest(project.folder, manifest);
  assert.deepEqual((await examineFiles(project.folder, manifest)).unknown, []);
  const twice = `${BigInt(name.slice(0, 14)) + 1n}${name.slice(14)}`;
  await project.write({ [`supabase/migrations/${twice}`]: "select 1;\n" });
  assert.match(
    (await examineFiles(project.folder, manifest)).unknown.join("\n"),
    new RegExp(`^supabase/migrations/${twice} is there, but `),
  );
  await assert.rejects(planRemoval(project.folder, manifest, false, NOW), /Nothing was changed\./);
});

Deno.test("interrupted after any write, upgrade run again finishes", async (t) => {
  await using whole = await makeUserProject(APP);
  await addOlder(whole);
  const { changes } = await upgrade(whole);
  const wanted = await whole.snapshot();
  assert.ok(changes.length > 5);
  for (let step = 0; step <= changes.length; step++) {
    await t.step(`after ${step} of ${changes.length} files`, async () => {
      await using project = await makeUserProject(APP);
      await addOlder(project);
      const planned = await plan(project);
      await writeManifest(project.folder, planned.interim);
      await carryOut(project.folder, planned.changes.slice(0, step));
      const next = planned.changes[step];
      if (next !== undefined) {
        await project.write({ [`supabase/${next.path}.sesame-draft`]: "half" });
      }
      const again = await upgrade(project);
      assert.deepEqual([again.edits, again.left, again.lostFunctions], [[], [], ["portal"]]);
      assert.deepEqual(await project.snapshot(), wanted);
    });
  }
});

Deno.test("a version that is no release, or newer, is refused in words", async () => {
  await using project = await makeUserProject();
  await addOlder(project, "0.0.7");
  await assert.rejects(plan(project), /Sesame 0\.0\.7 is no release/);
  const path = `${project.folder}/sesame.json`;
  await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace('"0.0.7"', '"99.0.0"'));
  await assert.rejects(
    readManifest(project.folder),
    /has Sesame 99\.0\.0, and this is the older .* Use npx sesame-supabase@99\.0\.0 or newer\.$/,
  );
});
