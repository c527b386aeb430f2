/** The CI job of docs/guides/testing_your_app.md, run in an app that Sesame was added to from its tarball. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { VERSION } from "../../cli/version.ts";
import { NAME } from "../makers/npm_tarball.ts";
import { listing, openPackedApp, type PackedApp } from "./packed_app.ts";
import { SCHOOL } from "./school.ts";

const GUIDE = new URL("../../docs/guides/testing_your_app.md", import.meta.url);

/** The lines after `run:`, and the folders that are kept between two runs. */
async function readJob(): Promise<{ runs: string[]; cached: string[] }> {
  const [, job = ""] = /```yaml\n([^]*?)```/.exec(await Deno.readTextFile(GUIDE)) ?? [];
  const lines = (pattern: RegExp) => [...job.matchAll(pattern)].map(([, found = ""]) => found);
  return { runs: lines(/^ +- run: (.*)$/gm), cached: lines(/^ +(~\/.*)$/gm) };
}

/** An `npx` that has the package already, in the version that is asked for. */
async function standInNpx({ folder }: PackedApp): Promise<string> {
  const bin = join(folder, ".npx");
  await Deno.mkdir(bin);
  const script =
    `#!/bin/sh\n[ "$1 $2" = "-y ${NAME}@${VERSION}" ] || { echo "not $*"; exit 9; }\n` +
    `shift 2\nexec "${folder}/node_modules/.bin/sesame" "$@"\n`;
  await Deno.writeTextFile(join(bin, "npx"), script, { mode: 0o755 });
  return bin;
}

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
}

Deno.test({
  name: "the CI job of the guide, in an app with Sesame",
  ignore: Deno.build.os === "windows",
}, async (t) => {
  await using app = await openPackedApp();
  const { runs, cached } = await readJob();
  await write(app.folder, SCHOOL.before);
  const added = await app.sesame(["add", "--yes"]);
  assert.equal(added.code, 0, added.err);
  await write(app.folder, SCHOOL.after);

  const home = join(dirname(app.folder), "home");
  const PATH = `${await standInNpx(app)}:${Deno.env.get("PATH")}`;
  /** As the job runs it: in the checkout, with a home of its own. `more` is added to its last line. */
  async function runJob(more = "") {
    const started = performance.now();
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-e", "-c", runs.join("\n") + more],
      cwd: app.folder,
      env: { PATH, HOME: home, NO_COLOR: "1", DENO_DIR: "", XDG_CACHE_HOME: "" },
      stdin: "null",
    }).output();
    const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, out, err, seconds: (performance.now() - started) / 1_000 };
  }

  await t.step("its first run fetches what it needs, and all of Sesame's tests hold", async () => {
    const before = await listing(join(app.folder, "supabase"));
    const { code, out, err, seconds } = await runJob();
    assert.equal(code, 0, out + err);
    const [, passed = 0] = /\n(\d+) passed, 0 failed\n$/.exec(out) ?? [];
    assert.ok(Number(passed) > 5_000, out);
    assert.match(err, /^Fetching the npm packages/);
    assert.deepEqual(await listing(join(app.folder, "supabase")), before);
    assert.ok(seconds < 600, `${seconds} s`);
  });

  await t.step("the folders that the job keeps are those that it has filled", async () => {
    assert.equal(cached.length, 2);
    for (const folder of cached) {
      assert.ok((await listing(folder.replace("~", home))).length > 0, folder);
    }
  });

  await t.step("a later run with a migration that breaks Sesame fails and says what", async () => {
    await write(app.folder, {
      "supabase/migrations/20991231000001_open.sql":
        "grant delete on public.module_access to authenticated;\n",
    });
    const { code, out, err } = await runJob(" --only house_rules");
    assert.deepEqual([code, err], [1, ""]);
    assert.match(out, /not ok \d+ - members read tables and write none\n/);
    assert.match(out, /\n\d+ passed, [1-9]\d* failed\n$/);
  });
});
