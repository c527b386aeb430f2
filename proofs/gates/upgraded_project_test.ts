/**
 * An app from its first version of Sesame to the third, as its owner does it: npm, the package's commands, the real CLI.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { ask, readCatalogue } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import type { Manifest } from "../../cli/project/manifest.ts";
import { readTree } from "../../cli/project/testing.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { commandEnv } from "../../local/command_env.ts";
import { runOn } from "../../local/database_copies.ts";
import { applySeed } from "../../local/migrations.ts";
import { exists, until } from "../../local/testing.ts";
import {
  CHANGED_CODE,
  FIRST,
  NEW_FUNCTION,
  OLD_FUNCTION,
  SECOND,
  THIRD,
} from "./made_up_releases.ts";
import { NAME } from "../makers/npm_tarball.ts";
import { installApp } from "./packed_app.ts";
import { type CliResult, supabase } from "./supabase_cli.ts";
import {
  assertAsBefore,
  deployed,
  opener,
  pusher,
  rows,
  sell,
  stateOf,
  succeed,
  writeFirstApp,
} from "./upgraded_app.ts";

const SEED = new URL("../../supabase/seed.sql", import.meta.url);
const ACCESS =
  "select to_jsonb(it)::text as row from public.module_access as it order by user_id, module_id";

Deno.test({
  name: "an app is upgraded from the first version to the third, and is as before after remove",
  ignore: Deno.build.os === "windows",
}, async (t) => {
  await using held = new AsyncDisposableStack();
  const { root, releases, folder, sesame } = await writeFirstApp(held);
  const supabaseFolder = join(folder, "supabase");
  const open = opener(folder);
  const push = pusher(folder);
  const before = await stateOf(open, folder);
  succeed(await sesame(["add", "--yes"]));
  // The API of a stack reads the schema once, so the stack starts with it. Another database gets it from the CLI.
  const stack = held.use(await open());
  const other = held.use(await startBareDatabase());
  const env = commandEnv(stack);
  const readManifest = async (): Promise<Manifest> =>
    JSON.parse(await Deno.readTextFile(join(supabaseFolder, "sesame.json")));
  const doctor = async () => {
    const { code, out, err } = await sesame(["doctor", "--json"], env);
    const found: { code: string }[] = JSON.parse(out).flatMap((
      { findings }: { findings: { code: string }[] },
    ) => findings);
    return { exit: code, codes: found.map(({ code }) => code), text: out + err };
  };
  let access: unknown[] = [];
  /** Each step needs the one before. */
  const step = async (title: string, run: () => Promise<void>) => {
    assert.ok(await t.step(title, run), title);
  };

  await step("the first version is added, pushed and sells", async () => {
    succeed(await push(other.url));
    assert.match(succeed(await push(stack.dbUrl)).stdout, /up to date/);
    await applySeed(stack.dbUrl, SEED);
    await sell(stack, "stable-diffusion");
    await sell(stack, "whisper");
    access = await rows(stack.dbUrl, ACCESS);
    assert.equal(access.length, 2);
    const { exit, text } = await doctor();
    assert.equal(exit, 0, text);
  });

  const edited = join(supabaseFolder, CHANGED_CODE);

  await step("the third version names the difference, and the command", async () => {
    await installApp(root, releases.third);
    const status = await sesame(["status"], env);
    assert.equal(status.code, 1);
    assert.match(status.out, new RegExp(`older version. Upgrade it:\n  npx ${NAME} upgrade\n`));
    const found = await doctor();
    assert.deepEqual([found.exit, found.codes], [1, ["version_older"]], found.text);
    const added = await sesame(["add", "--yes"]);
    assert.deepEqual([added.code, /npx \S+ upgrade brings it/.test(added.err)], [2, true]);
  });

  await step("a dry run shows a diff of what the user changed, and changes nothing", async () => {
    await Deno.writeTextFile(edited, `${await Deno.readTextFile(edited)}\r\n// mine\r\n`);
    const files = await readTree(supabaseFolder);
    const { code, out } = await sesame(["upgrade", "--dry-run", "--json"], env);
    assert.equal(code, 0);
    const plan = JSON.parse(out);
    assert.deepEqual([plan.from, plan.to, plan.changed], [FIRST, THIRD, false]);
    assert.equal(plan.edited.length, 1);
    assert.match(plan.edited[0].diff, /^-\/\/ mine\n\+\/\/ of the third release$/m);
    assert.deepEqual(await readTree(supabaseFolder), files);
  });

  await step("killed between two writes, it is finished by running it again", async () => {
    const points: [path: string, isReached: () => Promise<boolean>][] = [
      ["functions/health/index.ts", async () => (await readManifest()).state === "upgrading"],
      [
        "config.toml",
        () => exists(join(supabaseFolder, `functions/_sesame/${NEW_FUNCTION}/index.ts`)),
      ],
    ];
    for (const [path, isReached] of points) {
      const text = await Deno.readTextFile(join(supabaseFolder, path));
      await killAt(root, path, isReached);
      assert.equal((await readManifest()).state, "upgrading");
      assert.equal(await Deno.readTextFile(join(supabaseFolder, path)), text);
    }
    const removal = await sesame(["remove", "--yes"]);
    assert.deepEqual([removal.code, /was interrupted/.test(removal.err)], [2, true]);
    const { out } = succeed(await sesame(["upgrade", "--yes"], env));
    assert.match(out, new RegExp(`^  npx supabase@3.1.0 functions delete ${OLD_FUNCTION}$`, "m"));
    assert.equal(await exists(join(supabaseFolder, `functions/${OLD_FUNCTION}`)), false);
    assert.equal((await readManifest()).version, THIRD);
    assert.match((await sesame(["upgrade", "--yes"])).out, /There is nothing to upgrade/);
  });

  await step("ours is taken by moving the own file away, and add", async () => {
    assert.match((await sesame(["status"])).out, /^~ \S+cors\.ts was changed\.$/m);
    await Deno.remove(edited);
    succeed(await sesame(["add", "--yes"]));
    assert.match(await Deno.readTextFile(edited), /\n\/\/ of the third release\n$/);
    succeed(await sesame(["status"]));
  });

  const upgrade = (await readManifest()).upgrades[0] ?? "";
  const stamp = upgrade.slice(0, 14);

  await step(
    "a database at another version refuses the upgrade in words, and is as before",
    async () => {
      const refused = async (line: RegExp) => {
        const there = await takeSnapshot(other.url);
        const { code, stderr } = await push(other.url);
        assert.equal(code, 1);
        assert.match(stderr, line);
        assert.deepEqual(await takeSnapshot(other.url), there);
      };
      const set = (version: string) =>
        ask(other.url, `update sesame.release set version = '${version}'`);

      await set("0.0.9");
      await refused(
        new RegExp(
          `Sesame 0\\.0\\.9 is installed here; nothing was changed[^]*- This upgrade starts at ${FIRST}`,
        ),
      );
      await set("9.0.0");
      await refused(
        /Sesame 9\.0\.0 is installed here; nothing was changed[^]*A downgrade would lose data/,
      );
      await set(FIRST);
      await cutOff(other.url, push);
      assert.deepEqual(await rows(other.url, "select version from sesame.release"), [{
        version: FIRST,
      }]);
      await runOn(other.url, releases.firstStep);
      await refused(
        new RegExp(`Sesame ${SECOND} is installed here; nothing was changed[^]*starts at ${FIRST}`),
      );
    },
  );

  await step("pushed and deployed, it is green, and what was sold is as before", async () => {
    const { out } = await sesame(["status"], env);
    assert.match(
      out,
      new RegExp(
        `The database has ${FIRST}, which is older .*\\n {2}npx supabase@3\\.1\\.0 db push\\n`,
      ),
    );
    succeed(await push(stack.dbUrl));
    assert.deepEqual(await deployed(folder), [
      ...["checkout", "health", "hello", "module-token", "reconcile", "stripe-webhook"],
      NEW_FUNCTION,
    ]);
    await stack.functions?.reload();
    assert.deepEqual(await rows(stack.dbUrl, ACCESS), access);
    assert.deepEqual(
      await rows(
        stack.dbUrl,
        "select sesame.made_up() as word, made_up as number from sesame.settings",
      ),
      [
        { word: "third", number: 7 },
      ],
    );
    await sell(stack, "llama");
    assert.equal((await rows(stack.dbUrl, ACCESS)).length, 3);
    succeed(await sesame(["status"], env));
    const { exit, text } = await doctor();
    assert.equal(exit, 0, text);
  });

  await step("that lost a row of its history is left alone, and the fix is named", async () => {
    // Not every row: the functions still write their statistics.
    const state =
      async () => [...await readCatalogue(stack.dbUrl), ...await rows(stack.dbUrl, ACCESS)];
    const there = await state();
    await ask(
      stack.dbUrl,
      `delete from supabase_migrations.schema_migrations where version = '${stamp}'`,
    );
    const { code, stderr } = await push(stack.dbUrl);
    assert.equal(code, 1);
    const repair = `npx supabase@3.1.0 migration repair --status applied ${stamp}`;
    assert.ok(stderr.includes(repair), stderr);
    assert.ok((await sesame(["status"], env)).out.includes(`  ${repair}\n`));
    const found = await doctor();
    assert.deepEqual(found.codes, ["migration_unrecorded"], found.text);
    assert.deepEqual(await state(), there);
    succeed(await supabase([...repair.split(" ").slice(2), `--remote=${stack.dbUrl}`], {}, folder));
    succeed(await push(stack.dbUrl));
    assert.deepEqual(await state(), there);
  });

  await step("removed, the database and the files are as before", async () => {
    const { out } = succeed(await sesame(["remove", "--yes"]));
    assert.ok(out.includes(`supabase/migrations/${upgrade}: databases remember it`), out);
    succeed(await push(stack.dbUrl));
    await assertAsBefore(stack.dbUrl, folder, before);
  });
});

/**
 * Kills an upgrade before it has written this file, and as soon as it has done what comes before.
 *
 * It gets no further: the draft of the file is a pipe that nothing reads, so its write waits.
 */
async function killAt(
  root: string,
  path: string,
  isReached: () => Promise<boolean>,
): Promise<void> {
  const folder = join(root, "my app");
  const installed = join(folder, "node_modules", NAME);
  const draft = join(folder, "supabase", `${path}.sesame-draft`);
  await new Deno.Command("mkfifo", { args: [draft] }).output();
  // Without Node between, the signal reaches the program itself.
  const running = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--config",
      "deno.json",
      "cli/main.ts",
      "upgrade",
      "--yes",
      "--project",
      folder,
    ],
    cwd: installed,
    env: { DENO_DIR: join(root, "deno"), DENO_NO_PACKAGE_JSON: "1", SUPABASE_DB_URL: "" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until(isReached, 60);
  running.kill("SIGKILL");
  await running.status;
  await Deno.remove(draft);
}

/** Ends the session of a push while it waits for a lock. */
async function cutOff(dbUrl: string, push: (dbUrl: string) => Promise<CliResult>): Promise<void> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  await sql.begin(async (holding) => {
    await holding`lock table sesame.settings in access share mode`;
    const pushing = push(dbUrl);
    await until(async () => {
      const ended = await ask(
        dbUrl,
        `select pg_terminate_backend(pid) from pg_stat_activity
        where query ~ 'v_end timestamptz' and pid <> pg_backend_pid()`,
      );
      return ended.length > 0;
    }, 60);
    assert.equal((await pushing).code, 1);
  });
  await sql.end();
}
