/** The npm package as a user has it: from its tarball, through npm, in a folder of their own. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { COMMANDS } from "../../cli/main.ts";
import { VERSION } from "../../cli/version.ts";
import { exists, until } from "../../local/testing.ts";
import { NAME } from "../makers/npm_tarball.ts";
import { listing, openPackedApp, type PackedApp, type Ran } from "./packed_app.ts";

/** In bytes. The sources are small; only a folder shipped by mistake exceeds this. */
const LARGEST = { packed: 1_000_000, unpacked: 4_000_000 };

/** Nothing listens there, so each download fails at once. */
const OFFLINE = { HTTPS_PROXY: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" };

Deno.test({
  name: "Sesame from its tarball, in an empty folder with a space in its path",
  ignore: Deno.build.os === "windows",
}, async (t) => {
  await using app = await openPackedApp();
  const { sesame, folder } = app;
  const installed = join(folder, "node_modules", NAME);

  await t.step("the tarball has what users need, and no tests but pgTAP", () => {
    const { name, version, files, size, unpackedSize } = app.tarball;
    assert.deepEqual([name, version], [NAME, VERSION]);
    for (const file of ["LICENSE", "README.md", "cli/sesame.mjs", "deno.lock"]) {
      assert.ok(files.includes(file), file);
    }
    assert.ok(files.some((path) => path.startsWith("supabase/tests/")));
    const unwanted = /_test\.ts$|^(proofs|examples)\/|(^|\/)\.|node_modules|\/testing\.ts$/;
    assert.deepEqual(files.filter((path) => unwanted.test(path)), []);
    assert.ok(size < LARGEST.packed && unpackedSize < LARGEST.unpacked, `${size} ${unpackedSize}`);
  });

  await t.step("npm adds Sesame and Deno to the app, and nothing else", async () => {
    const lock = await Deno.readTextFile(join(folder, "package-lock.json"));
    const packages = Object.keys(JSON.parse(lock).packages)
      .map((path) => path.replace("node_modules/", ""));
    const others = packages.filter((path) => path !== "" && !/^(@deno\/[\w-]+|deno)$/.test(path));
    assert.deepEqual(others, [NAME]);
  });

  await t.step("without a network, the first command says in one line what to do", async () => {
    const { code, out, err } = await sesame(["--version"], OFFLINE);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^Fetching [^\n]+\nThey could not be fetched\. Check the network [^\n]+\n$/);
  });

  await t.step("the first command fetches what Sesame runs on, later ones do not", async () => {
    const version = (err: string): Ran => ({ code: 0, out: `${VERSION}\n`, err });
    const line = "Fetching the npm packages that Sesame runs on. This happens once.\n";
    assert.deepEqual(await sesame(["--version"]), version(line));
    assert.deepEqual(await sesame(["--version"], OFFLINE), version(""));
  });

  const before = await listing(installed);

  for (const { name, summary } of COMMANDS) {
    await t.step(`${name} --help is typed as npx ${NAME} ${name}`, async () => {
      const { code, out, err } = await sesame([name, "--help"]);
      assert.deepEqual([code, err], [0, ""]);
      assert.ok(out.startsWith(`Usage: npx ${NAME} ${name} `), out);
      assert.ok(out.replaceAll(/\s+/g, " ").includes(summary), out);
      assert.match(out, new RegExp(`Examples:\n  npx ${NAME} ${name}`));
      assert.doesNotMatch(out, /deno/);
    });
  }

  await t.step("a mistyped command gets one line and the exit code 2", async () => {
    assert.deepEqual(await sesame(["docter"]), {
      code: 2,
      out: "",
      err: `Unknown command docter. Did you mean doctor? All commands: npx ${NAME} --help\n`,
    });
  });

  await t.step("the app's own deno.json and package.json are not read", async () => {
    const config = { imports: { commander: "./no.ts" }, nodeModulesDir: "auto", lock: false };
    await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify(config));
    assert.deepEqual(await sesame(["--version"]), { code: 0, out: `${VERSION}\n`, err: "" });
    assert.equal(await exists(join(folder, "deno.lock")), false);
    await Deno.remove(join(folder, "deno.json"));
  });

  await t.step("in a folder without a project, demo runs and leaves nothing behind", async () => {
    const files = await listing(folder);
    const { code, out, err } = await sesame(["demo"], OFFLINE);
    assert.equal(code, 0, out + err);
    assert.match(out, new RegExp(`Next: npx ${NAME} dev\n$`));
    assert.deepEqual(await listing(folder), files);
  });

  await t.step("in a project, dev runs until SIGINT, and a purchase opens a module", async () => {
    await Deno.mkdir(join(folder, "supabase"));
    await Deno.writeTextFile(join(folder, "supabase/config.toml"), 'project_id = "my-app"\n');
    await withDev(app, buyOne);
    assert.deepEqual(
      (await listing(join(folder, "supabase"))).map((line) => line.split("supabase/")[1]),
      ["config.toml 22"],
    );
  });

  const workFolderOfSetup = async (): Promise<string[]> => {
    await using npx = await recordingNpx();
    const flags = ["--ref", "abcdefghijklmnopqrst", "--site", "https://app.example", "--dry-run"];
    const { code, err } = await sesame(["setup", ...flags], {
      PATH: `${npx.folder}:${Deno.env.get("PATH")}`,
      STRIPE_SECRET_KEY: "sk_test_4242",
    });
    assert.equal(code, 3);
    assert.match(err, /^supabase projects api-keys failed:\nseen by the stand-in for npx\n/);
    return await npx.seen();
  };

  await t.step(
    "before add, setup gives the Supabase CLI a copy of the package's project",
    async () => {
      const [cwd = "", ...entries] = await workFolderOfSetup();
      assert.doesNotMatch(cwd, /node_modules/);
      assert.deepEqual(entries, ["config.toml", "functions", "migrations", "seed.sql", "tests"]);
    },
  );

  await t.step("add brings Sesame to an app, and dev runs the app's own parts too", async () => {
    const supabase = join(folder, "supabase");
    await writeApp(supabase, await Deno.readTextFile(join(installed, "supabase/seed.sql")));
    assert.match((await sesame(["status"])).out, new RegExp(` npx ${NAME} add adds it`));
    const added = await sesame(["add", "--yes"]);
    assert.equal(added.code, 0, added.out + added.err);
    await write(join(supabase, "migrations/20991231000000_first_like.sql"), LIKES.after);

    const files = await listing(supabase);
    await withDev(app, async (app) => {
      await seeApp(app);
      await buyOne(app);
    });
    assert.deepEqual(await listing(supabase), files);
    assert.match((await sesame(["status"])).out, /files are as Sesame wrote them/);
  });

  await t.step("after add, setup lets the Supabase CLI work in the app", async () => {
    const [cwd, ...entries] = await workFolderOfSetup();
    assert.equal(cwd, await Deno.realPath(folder));
    assert.ok(entries.includes("sesame.json"), entries.join());
  });

  await t.step("nothing is written into the installed package", async () => {
    assert.deepEqual(await listing(installed), before);
  });
});

/** Runs `dev` in the app, does the work and ends it as a script would. */
async function withDev(app: PackedApp, work: (app: PackedApp) => Promise<void>): Promise<void> {
  const dev = app.start(["dev", "--port", "0", "--db-port", "0"]);
  let output = "";
  const printed = [dev.stdout, dev.stderr].map((stream) =>
    stream.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (output += text) }))
  );
  try {
    await until(() => output.includes("and no longer"), 120); // on a busy machine
    assert.match(output, /are also in supabase\/\.temp\/local\.env\./);
    await work(app);
  } finally {
    dev.kill("SIGINT");
    const { code } = await dev.status;
    await Promise.all(printed);
    assert.equal(code, 0, output);
  }
}

/** The app's own table and function. */
async function seeApp(app: PackedApp): Promise<void> {
  const { API_URL, PUBLISHABLE_KEY = "" } = await stackOf(app);
  const likes = await fetch(`${API_URL}/rest/v1/likes?select=module`, {
    headers: { apikey: PUBLISHABLE_KEY },
  });
  assert.deepEqual(await likes.json(), [{ module: "stable-diffusion" }]);
  const hello = await fetch(`${API_URL}/functions/v1/hello`);
  assert.equal(await hello.text(), "hello from the app");
}

async function buyOne(app: PackedApp): Promise<void> {
  const { sesame } = app;
  const bought = await sesame(["stripe", "checkout.session.completed"]);
  assert.equal(bought.code, 0, bought.err);
  assert.match(bought.out, /"outcome":"applied"/);

  const explained = await sesame(["explain", "ada@example.com", "stable-diffusion"]);
  assert.match(explained.out, /^stable-diffusion for ada@example\.com: open/);

  const { API_URL } = await stackOf(app);
  const script = await fetch(`${API_URL}/encours/main.js`);
  assert.equal(script.status, 200, await script.text());
}

/** An `npx` that notes where it runs and what the project there contains, and fails. */
async function recordingNpx() {
  const folder = await Deno.makeTempDir({ prefix: "sesame-npx-" });
  const script = `#!/bin/sh\n(pwd; ls supabase) > "${folder}/seen"\n` +
    'echo "seen by the stand-in for npx" >&2\nexit 1\n';
  await Deno.writeTextFile(join(folder, "npx"), script, { mode: 0o755 });
  return {
    folder,
    seen: async () => (await Deno.readTextFile(join(folder, "seen"))).trim().split("\n"),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function stackOf({ folder }: PackedApp): Promise<NodeJS.Dict<string>> {
  return parseEnv(await Deno.readTextFile(join(folder, "supabase/.temp/local.env")));
}

/** The app's own files: SQL that runs before Sesame's, a function, and what it sells. */
async function writeApp(app: string, seed: string): Promise<void> {
  await write(join(app, "config.toml"), `project_id = "my-app"\n\n${HELLO.config}`);
  await write(join(app, "seed.sql"), seed);
  await write(join(app, "migrations/20250301090000_likes.sql"), LIKES.before);
  await write(join(app, "functions/hello/index.ts"), HELLO.code);
  await write(join(app, "functions/hello/deno.json"), HELLO.imports);
  await write(join(app, "functions/hello/greeting.ts"), HELLO.greeting);
}

const LIKES = {
  before: `
    create table public.likes (module text primary key);
    grant select on public.likes to anon;`,
  after: `
    insert into public.likes values ('stable-diffusion');`,
};

const HELLO = {
  config: "[functions.hello]\nverify_jwt = false\n",
  code: 'import { greeting } from "greeting";\nDeno.serve(() => new Response(greeting));\n',
  imports: JSON.stringify({ imports: { greeting: "./greeting.ts" } }),
  greeting: 'export const greeting = "hello from the app";\n',
};

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}
