import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBareDatabase } from "../../local/bare_database.ts";
import { ask } from "../catalogue/catalogue.ts";
import { VERSION } from "../version.ts";
import { APP, makeUserProject, type TestProject } from "../project/testing.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

interface Ran {
  code: number;
  out: string;
  err: string;
}

function start(project: TestProject, args: string[], env: Record<string, string> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", MAIN, ...args, "--project", project.root],
    env: { NO_COLOR: "1", SUPABASE_DB_URL: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function sesame(
  project: TestProject,
  args: string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const { code, stdout, stderr } = await start(project, args, env).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

Deno.test("add, status and remove as typed", async (t) => {
  await using project = await makeUserProject(APP);
  const before = await project.snapshot();

  await t.step("status says that Sesame is not there", async () => {
    const { code, out } = await sesame(project, ["status"]);
    assert.deepEqual([code, /^Sesame is not in .*L'école de Zoé/.test(out)], [1, true]);
  });

  await t.step("a dry run shows the whole plan, and changes nothing", async () => {
    const { code, out, err } = await sesame(project, ["add", "--dry-run"]);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^ {2}~ supabase\/config\.toml \(\d+ bytes\)$/m);
    assert.match(out, /^ {2}\+ supabase\/functions\/_sesame\/ \(1\d\d files, 2\d\d kB\)$/m);
    assert.match(out, /^ {4}\[functions\.stripe-webhook\]$/m);
    const plan = JSON.parse((await sesame(project, ["add", "--dry-run", "--json"])).out);
    assert.deepEqual([plan.changed, plan.clashes], [false, []]);
    assert.deepEqual(
      plan.changes.find(({ path }: { path: string }) => path === "supabase/config.toml").does,
      "change",
    );
    assert.deepEqual(await project.snapshot(), before);
  });

  await t.step("without a terminal and without --yes it changes nothing, and says so", async () => {
    const { code, err } = await sesame(project, ["add"]);
    assert.equal(code, 2);
    assert.match(err, /^There is no terminal to ask at\. Nothing was changed: add --yes [^\n]+\n$/);
    assert.deepEqual(await project.snapshot(), before);
  });

  await t.step("with --yes it is added, and a second time nothing has to be changed", async () => {
    assert.equal((await sesame(project, ["add", "--yes", "--json"])).code, 0);
    const again = await sesame(project, ["add", "--yes"]);
    assert.deepEqual([again.code, again.out], [
      0,
      `Sesame ${VERSION} is in this project already. Nothing has to be changed.\n`,
    ]);
    const status = await sesame(project, ["status", "--json"]);
    const { here, state, edited, missing } = JSON.parse(status.out);
    assert.deepEqual([status.code, here, state, edited, missing], [0, VERSION, "added", [], []]);
  });

  await t.step("another prefix is refused in one line", async () => {
    const { code, err } = await sesame(project, ["add", "--functions-prefix", "x", "--yes"]);
    assert.equal(code, 2);
    assert.match(err, /^Sesame was added with no --functions-prefix\. [^\n]+\n$/);
  });

  await t.step("another version is refused in one line, by add and by remove", async () => {
    const path = "supabase/sesame.json";
    const manifest = await project.read(path);
    const older = manifest.replace(`"${VERSION}"`, '"0.0.9"');
    await project.write({ [path]: older });
    const before = await project.snapshot();
    for (const name of ["add", "remove"]) {
      const { code, err } = await sesame(project, [name, "--yes"]);
      assert.equal(code, 2);
      const next = name === "add"
        ? /task upgrade brings it to /
        : /npx sesame-supabase@0\.0\.9 remove/;
      assert.match(err, /^This project has Sesame 0\.0\.9, and this is \S+ [^\n]+\n$/);
      assert.match(err, next);
      assert.deepEqual(await project.snapshot(), before);
    }
    await project.write({ [path]: manifest });
  });

  await t.step(
    "a manifest of a newer version is refused in one line, by every command",
    async () => {
      const path = "supabase/sesame.json";
      const manifest = await project.read(path);
      await project.write({ [path]: manifest.replace(`"${VERSION}"`, '"99.0.0"') });
      for (const name of ["add", "status", "upgrade", "remove"]) {
        const { code, err } = await sesame(project, [name, ...name === "status" ? [] : ["--yes"]]);
        assert.equal(code, 2);
        assert.match(
          err,
          /^This project has Sesame 99\.0\.0, [^\n]+ Use npx sesame-supabase@99\.0\.0 or newer\.\n$/,
        );
      }
      await project.write({ [path]: manifest });
    },
  );

  await t.step("with this version, upgrade has nothing to do", async () => {
    const before = await project.snapshot();
    const { code, out } = await sesame(project, ["upgrade", "--yes"]);
    assert.deepEqual([code, out], [
      0,
      `This project has Sesame ${VERSION} already. There is nothing to upgrade.\n`,
    ]);
    assert.deepEqual(await project.snapshot(), before);
  });

  await t.step("status names a file that was changed, and one that is missing", async () => {
    const edited = "supabase/functions/checkout/index.ts";
    await project.write({ [edited]: "// mine\n" });
    await Deno.remove(join(project.folder, "functions/health/index.ts"));
    const { code, out } = await sesame(project, ["status"]);
    assert.equal(code, 1);
    assert.match(out, /^~ supabase\/functions\/checkout\/index\.ts was changed\.$/m);
    assert.match(
      out,
      /^- supabase\/functions\/health\/index\.ts is missing\. This restores it:\n {2}.* add$/m,
    );
  });

  await t.step("remove names what stays, and how to end it", async () => {
    const { code, out } = await sesame(project, ["remove", "--yes"]);
    assert.equal(code, 0);
    assert.match(out, /^ {2}supabase\/functions\/checkout\/index\.ts$/m);
    assert.match(out, /^Sesame's migrations that none of yours follows become empty\./m);
    assert.match(out, /subscriptions go on and customers pay/);
    assert.match(out, /^ {2}npx supabase@3\.1\.0 functions delete stripe-webhook$/m);
    assert.equal((await sesame(project, ["remove", "--yes"])).code, 2);
  });
});

Deno.test("add that is killed between two writes is finished by add, or cleaned up by remove", async () => {
  await using whole = await makeUserProject(APP);
  const before = await whole.snapshot();
  await sesame(whole, ["add", "--yes"]);
  const wanted = Object.keys(await whole.snapshot()).map(withoutStamp);
  for (const next of ["add", "remove"]) {
    await using project = await killedInBetween();
    const { code, err } = await sesame(project, [next, "--yes"]);
    assert.equal(code, 0, err);
    const after = await project.snapshot();
    if (next === "add") assert.deepEqual(Object.keys(after).map(withoutStamp), wanted);
    else assert.deepEqual(after, before);
  }
});

/** A project in which `add` was killed between two writes. On a busy machine the kill may come too late. */
async function killedInBetween(): Promise<TestProject> {
  for (let attempt = 1; attempt <= 10; attempt++) {
    const project = await makeUserProject(APP);
    await killOnFirstFile(project);
    const manifest = JSON.parse(await project.read("supabase/sesame.json"));
    if (manifest.state === "adding") return project;
    await project[Symbol.asyncDispose]();
  }
  throw new Error("add was killed too late, ten times");
}

async function killOnFirstFile(project: TestProject): Promise<void> {
  const running = start(project, ["add", "--yes"]);
  const isThere = (path: string) =>
    Deno.stat(join(project.folder, path)).then(() => true, () => false);
  while (!await isThere("functions/_sesame")) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  running.kill("SIGKILL");
  await running.output();
}

function withoutStamp(path: string): string {
  return path.replace(/\d{14}_sesame/, "<now>_sesame");
}

Deno.test("names that are taken in the database alone are found, and the database stays as it is", async () => {
  await using server = await startBareDatabase();
  await using project = await makeUserProject();
  const env = { SUPABASE_DB_URL: server.url };
  assert.equal((await sesame(project, ["add", "--dry-run"], env)).code, 0);
  await ask(
    server.url,
    "create table public.modules (id int); create function public.erase_user() returns int language sql as 'select 1'",
  );
  const { code, err } = await sesame(project, ["add", "--yes"], env);
  assert.equal(code, 1);
  assert.match(
    err,
    /^Sesame cannot be added here yet\. Nothing was changed\.\n- names that Sesame needs are taken/,
  );
  assert.match(err, /alter table public\.modules rename to/);
  assert.match(err, /alter routine public\.erase_user\(\) rename to/);
  assert.deepEqual(await project.snapshot(), {});

  await ask(server.url, "create schema sesame; comment on schema sesame is 'Sesame: private.'");
  const there = await sesame(project, ["add", "--yes"], env);
  assert.deepEqual([there.code, /has Sesame already/.test(there.err)], [1, true]);
});
