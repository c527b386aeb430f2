/** What may go wrong around `add` and `remove`: each ends well or with one line, and nothing is lost. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { planAdd } from "../../cli/add/plan.ts";
import { ask, readHistory } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { lockProject } from "../../cli/project/lock.ts";
import { readManifest } from "../../cli/project/manifest.ts";
import { nextStamp } from "../../cli/project/stamp.ts";
import { APP, makeUserProject, type TestProject } from "../../cli/project/testing.ts";
import { VERSION } from "../../cli/version.ts";
import { type BareDatabase, startBareDatabase } from "../../local/bare_database.ts";
import { until } from "../../local/testing.ts";
import { npmTool, SUPABASE_CLI } from "./npm_tool.ts";
import { supabase } from "./supabase_cli.ts";
import { push } from "./user_commands.ts";

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const LINUX = Deno.build.os === "linux";
const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

interface Ran {
  code: number;
  out: string;
  err: string;
}

function typed(args: string[]): string[] {
  return [Deno.execPath(), "run", "-A", "--no-check", MAIN, ...args];
}

interface StartOptions {
  stdin?: "null" | "piped";
  SUPABASE_DB_URL?: string;
}

function start(
  [program = "", ...args]: string[],
  cwd: string,
  { stdin = "null", SUPABASE_DB_URL = "" }: StartOptions = {},
) {
  const env = { NO_COLOR: "1", SUPABASE_DB_URL };
  return new Deno.Command(program, { args, cwd, env, stdin, stdout: "piped", stderr: "piped" })
    .spawn();
}

async function run(command: string[], cwd: string, options: StartOptions = {}): Promise<Ran> {
  const { code, stdout, stderr } = await start(command, cwd, options).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

function sesame({ root }: TestProject, ...args: string[]): Promise<Ran> {
  return run(typed(args), root);
}

async function succeed(ran: Promise<Ran>): Promise<string> {
  const { code, out, err } = await ran;
  assert.equal(code, 0, out + err);
  return out;
}

async function isWhole(project: TestProject): Promise<void> {
  await succeed(sesame(project, "status"));
  const migrations = Object.keys(await project.snapshot())
    .filter((path) => /_sesame_\d/.test(path));
  assert.equal(migrations.length, 1, migrations.join(" "));
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=Zoé", "-c", "user.email=zoe@example.com"];
  return await succeed(run(["git", ...identity, ...args], cwd));
}

Deno.test("two adds at once: one migration is written, and the other add says why it stopped", async () => {
  await using project = await makeUserProject(APP);
  const ran = await Promise.all([1, 2].map(() => sesame(project, "add", "--yes")));
  for (const { code, err } of ran) {
    if (code !== 0) assert.match(err, /^Another command is changing [^\n]+\n$/);
  }
  assert.ok(ran.some(({ code }) => code === 0));
  await isWhole(project);
});

Deno.test("while another command changes the project, add and remove stop in one line", async () => {
  await using project = await makeUserProject(APP);
  await succeed(sesame(project, "add", "--yes"));
  const before = await project.snapshot();
  using _lock = await lockProject(project.folder);
  for (const name of ["add", "remove"]) {
    const { code, err } = await sesame(project, name, "--yes");
    assert.deepEqual([code, err.split("\n").length], [2, 2]);
    assert.match(err, /^Another command is changing .* Nothing was changed/);
  }
  await succeed(sesame(project, "remove", "--dry-run"));
  assert.deepEqual(await project.snapshot(), before);
});

Deno.test({
  name: "SIGINT at the question: nothing was changed, and add can be run again",
  ignore: !LINUX,
}, async () => {
  await using project = await makeUserProject(APP);
  const before = await project.snapshot();
  const command = typed(["add"]).map((word) => `'${word}'`).join(" ");
  const terminal = start(["script", "-qefc", command, "/dev/null"], project.root, {
    stdin: "piped",
  });
  let shown = "";
  const reading = terminal.stdout.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (text) => void (shown += text) }));
  await until(() => shown.includes("Go on?"), 60);
  const keys = terminal.stdin.getWriter();
  await keys.write(new TextEncoder().encode("\x03"));
  const { code } = await terminal.status;
  await Promise.all([reading, keys.close().catch(() => {}), terminal.stderr.cancel()]);
  assert.notEqual(code, 0);
  assert.deepEqual(await project.snapshot(), before);
  await succeed(sesame(project, "add", "--yes"));
});

Deno.test({ name: "stdin closed: one line names --yes", ignore: !LINUX }, async () => {
  await using project = await makeUserProject(APP);
  const before = await project.snapshot();
  const closed = ["sh", "-c", 'exec "$@" <&-', "sh"];
  const { code, err } = await run([...closed, ...typed(["add"])], project.root);
  assert.equal(code, 2);
  assert.match(err, /^There is no terminal to ask at\. Nothing was changed: add --yes [^\n]+\n$/);
  assert.deepEqual(await project.snapshot(), before);
  await succeed(run([...closed, ...typed(["add", "--yes"])], project.root));
});

Deno.test("git changes the line ends: status is whole, and remove leaves no difference", async () => {
  await using project = await makeUserProject(APP);
  await git(project.root, "init", "--quiet");
  await git(project.root, "add", "--all");
  await git(project.root, "commit", "--quiet", "-m", "The app");
  await succeed(sesame(project, "add", "--yes"));
  await git(project.root, "add", "--all");
  await git(project.root, "commit", "--quiet", "-m", "Sesame");

  const root = join(project.root, "a clone");
  await git(project.root, "clone", "--quiet", "-c", "core.autocrlf=true", ".", root);
  const code = await Deno.readTextFile(join(root, "supabase/functions/checkout/index.ts"));
  assert.match(code, /\r\n/);
  await succeed(run(typed(["status"]), root));
  assert.match(await succeed(run(typed(["add", "--yes"]), root)), /Nothing has to be changed/);
  await succeed(run(typed(["remove", "--yes"]), root));
  await git(root, "add", "--all");
  const changed = await git(root, "diff", "--cached", "--name-only", "HEAD~1");
  assert.deepEqual(changed.trim().split("\n").map((path) => path.replace(/^.*\/\d+_/, "")), [
    `sesame_${VERSION}.sql`,
    "sesame_remove.sql",
  ]);
});

Deno.test({
  name: "a read-only disk: one line, and nothing was changed",
  ignore: !(LINUX && isRoot),
}, async () => {
  await using project = await makeUserProject({ "supabase/.keep": "" });
  await using _disk = await mount(project.folder, "ro");
  const { code, err } = await sesame(project, "add", "--yes");
  assert.equal(code, 2);
  assert.match(err, /sesame\.json cannot be written: the disk is read-only\. [^\n]+\n$/);
  assert.equal(await readManifest(project.folder), null);
});

Deno.test({
  name: "a read-only folder: one line, and nothing was changed",
  ignore: Deno.build.os === "windows" || isRoot,
}, async () => {
  await using project = await makeUserProject(APP);
  const before = await project.snapshot();
  await Deno.chmod(project.folder, 0o555);
  try {
    const { code, err } = await sesame(project, "add", "--yes");
    assert.equal(code, 2);
    assert.match(err, /sesame\.json cannot be written: you may not\. [^\n]+\n$/);
  } finally {
    await Deno.chmod(project.folder, 0o755);
  }
  assert.deepEqual(await project.snapshot(), before);
});

Deno.test({
  name: "a full disk: one line, and add finishes or remove cleans up once there is room",
  ignore: !(LINUX && isRoot),
}, async () => {
  await using project = await makeUserProject({ "supabase/.keep": "" });
  for (const next of ["add", "remove"]) {
    await using disk = await mount(project.folder, "size=300k");
    const { code, err } = await sesame(project, "add", "--yes", "--project", ".");
    assert.equal(code, 2);
    assert.match(err, /cannot be written: the disk is full\. Make room, and run it again\.\n$/);
    const drafts = Object.keys(await project.snapshot()).filter((path) => path.endsWith("-draft"));
    assert.deepEqual(drafts, []);
    await disk.resize("10m");
    await succeed(sesame(project, next, "--yes", "--project", "."));
    if (next === "add") await isWhole(project);
    else assert.deepEqual(await Array.fromAsync(Deno.readDir(project.folder)), []);
  }
});

/** A file system of its own at this folder. */
async function mount(folder: string, options: string) {
  const command = (...args: string[]) => succeed(run(args, "/"));
  await command("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder);
  return {
    resize: (size: string) => command("mount", "-o", `remount,size=${size}`, folder),
    [Symbol.asyncDispose]: async () => void await command("umount", folder),
  };
}

Deno.test({
  name: "a symlinked supabase folder: the link stays, and the files are where it leads",
  ignore: Deno.build.os === "windows",
}, async () => {
  await using project = await makeUserProject(APP);
  const real = join(project.root, "backend");
  await Deno.rename(project.folder, real);
  await Deno.symlink("backend", project.folder);
  const before = await entriesIn(real);
  await succeed(sesame(project, "add", "--yes"));
  await succeed(sesame(project, "status"));
  await succeed(sesame(project, "remove", "--yes"));
  assert.ok((await Deno.lstat(project.folder)).isSymlink);
  assert.deepEqual(await entriesIn(real), before);
});

async function entriesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

Deno.test("supabase is a file, or a link to nothing: one line", async () => {
  await using project = await makeUserProject({ "package.json": "{}" });
  await Deno.writeTextFile(project.folder, "");
  const file = await sesame(project, "add", "--yes");
  assert.deepEqual([file.code, file.err.split("\n").length], [2, 2]);
  assert.match(file.err, /supabase is a file, or a link to nothing, and not a folder/);
});

Deno.test("a clock in 1970 or 2099, or migrations of the future: ours still comes last", async () => {
  await using project = await makeUserProject(APP);
  for (const now of ["1970-01-01T00:00:00Z", "2099-12-31T23:59:59Z"]) {
    const { manifest } = await planAdd(
      project.folder,
      { functionsPrefix: "" },
      null,
      new Date(now),
    );
    assert.match(manifest.migration, /^20991231235960_sesame_/);
  }
  assert.equal(nextStamp(new Date("1970-01-01T00:00:00Z"), []), "19700101000000");
  assert.throws(
    () => nextStamp(new Date(), ["99999999999999_end.sql"]),
    /none can come after it\. Rename that file/,
  );
});

Deno.test("config.toml is not TOML: one line names the line of the file", async () => {
  await using project = await makeUserProject({
    ...APP,
    "supabase/config.toml": 'project_id = "a"\n[functions\n',
  });
  const before = await project.snapshot();
  const { code, err } = await sesame(project, "add", "--yes");
  assert.equal(code, 2);
  assert.match(err, /^supabase\/config\.toml, line 2: this is not TOML\. [^\n]+\n$/);
  assert.deepEqual(await project.snapshot(), before);
});

Deno.test({
  name: "a push that is killed in the middle has done all or nothing, and can be run again",
  ignore: !LINUX,
}, async () => {
  await using project = await makeUserProject(APP);
  await using server = await startBareDatabase();
  assert.equal((await push(project, server.url)).code, 0);
  for (const command of ["add", "remove"]) {
    await succeed(sesame(project, command, "--yes"));
    const [before, history] = [await takeSnapshot(server.url), await readHistory(server.url)];
    await killPush(project, server);
    // What the CLI has sent whole, Postgres may finish without it.
    const killed = await takeSnapshot(server.url);
    const isDone = (await readHistory(server.url)).length > history.length;
    const { code, stderr } = await push(project, server.url);
    assert.equal(code, 0, stderr);
    assert.deepEqual(killed, isDone ? await takeSnapshot(server.url) : before, command);
    assert.notDeepEqual(await takeSnapshot(server.url), before, command);
  }
});

/** A lock on the accounts, which both migrations change late, holds the push until it is dead. */
async function killPush({ root }: TestProject, { url, adminUrl }: BareDatabase): Promise<void> {
  const admin = postgres(adminUrl, { max: 2, onnotice: () => {} });
  const sessions = () =>
    admin`select wait_event_type from pg_stat_activity where usename = 'postgres'`;
  try {
    await admin.begin(async (sql) => {
      await sql`lock table auth.users in access exclusive mode`;
      const pushing = await startPush(root, url);
      await until(
        async () => (await sessions()).some(({ wait_event_type }) => wait_event_type === "Lock"),
        60,
      );
      await succeed(run(["kill", "-9", "--", `-${pushing.pid}`], "/"));
      await pushing.status;
    });
    await until(async () => (await sessions()).length === 0, 30);
  } finally {
    await admin.end();
  }
}

/** In a process group of its own, as the CLI starts programs of its own. */
async function startPush(root: string, url: string): Promise<Deno.ChildProcess> {
  const program = await npmTool(SUPABASE_CLI);
  return new Deno.Command("setsid", {
    args: [program, "--agent", "no", "--yes", "db", "push", `--remote=${url}`],
    cwd: root,
    env: { PGSSLMODE: "disable", SUPABASE_TELEMETRY_DISABLED: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

Deno.test("a migration of the app that comes after ours, or late from a branch, is pushed as usual", async () => {
  await using project = await makeUserProject(APP);
  await using server = await startBareDatabase();
  await succeed(sesame(project, "add", "--yes"));
  await project.write({
    "supabase/migrations/21000101000000_after.sql":
      "create table public.paid as select public.has_module_access('whisper') as it;",
  });
  assert.equal((await push(project, server.url)).code, 0);

  await project.write({
    "supabase/migrations/20260101000000_late.sql": "create table public.late (id int);",
  });
  const refused = await push(project, server.url);
  assert.match(refused.stdout + refused.stderr, /--include-all/);
  const args = ["db", "push", "--include-all", `--remote=${server.url}`];
  const { code, stderr } = await supabase(args, {}, project.root);
  assert.equal(code, 0, stderr);
  const status = await succeed(
    run(typed(["status"]), project.root, { SUPABASE_DB_URL: server.url }),
  );
  assert.match(status, /^Sesame \S+ is in the database\.$/m);

  // The app's own migration stands between, and a new database needs what it uses.
  await succeed(sesame(project, "remove", "--yes"));
  await using fresh = await startBareDatabase();
  for (const { url } of [server, fresh]) {
    assert.equal((await push(project, url)).code, 0);
    const [gone] = await ask(url, "select to_regnamespace('sesame') as it");
    assert.equal(gone?.it, null);
  }
});
