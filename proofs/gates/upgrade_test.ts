/**
 * An installation with a year of data, upgraded, is a fresh one: for every released version, and for a made-up older
 * one. Bounded: some thousand events, about two minutes.
 */

import assert from "node:assert/strict";
import postgres from "postgres";
import { ask } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { installedVersion } from "../../cli/project/database.ts";
import { bind } from "../../cli/project/release.ts";
import { makeUserProject } from "../../cli/project/testing.ts";
import { VERSION } from "../../cli/version.ts";
import { type BareDatabase, startBareDatabase } from "../../local/bare_database.ts";
import { copiesOf, runOn } from "../../local/database_copies.ts";
import { hasServer, type PostgresVersion } from "../../local/postgres_server.ts";
import { divideSql, type Statement } from "../../local/sql_file.ts";
import { UserError } from "../../local/terminal.ts";
import { withDatabase } from "../../local/with_database.ts";
import {
  differentObjects,
  refuseDifferences,
  writeUpgrade,
} from "../makers/upgrade/upgrade_file.ts";
import { supabase } from "./supabase_cli.ts";
import { applyStatements, applyUpgrade, killInTheMiddle, untilBack } from "./upgrade/apply.ts";
import { OLDER, upgradeFromOlder } from "./upgrade/older_version.ts";
import { releasedPaths, type UpgradePath } from "./upgrade/paths.ts";
import { runTraffic } from "./upgrade/traffic.ts";
import { accessIn, audit, fillYear } from "./upgrade/year.ts";

/** The project opens all its new objects to everyone. Sesame's must be closed all the same. */
const GENEROUS = `
  alter default privileges grant all on tables to anon, authenticated, service_role;
  alter default privileges grant all on functions to anon, authenticated, service_role;`;

async function start(install: string, version: PostgresVersion = "17"): Promise<BareDatabase> {
  await using starting = new AsyncDisposableStack();
  const server = starting.use(await startBareDatabase({ version }));
  await runOn(server.url, GENEROUS);
  await runOn(server.url, install);
  starting.move();
  return server;
}

function versionIn(dbUrl: string): Promise<string | null> {
  return withDatabase(dbUrl, installedVersion);
}

/** Upgrades a year of data: the audit is empty, access is as before, and the objects are those of a fresh one. */
async function proveUpgrade(
  filled: string,
  fresh: string,
  { to, upgrades }: Pick<UpgradePath, "to" | "upgrades">,
  upgrade: (dbUrl: string, text: string) => Promise<void> = applyUpgrade,
): Promise<void> {
  const access = await accessIn(filled);
  assert.ok(access.length > 300, `${access.length}`);
  for (const text of upgrades) await upgrade(filled, text);
  assert.deepEqual(await accessIn(filled), access);
  assert.deepEqual(await audit(filled), []);
  assert.deepEqual(await differentObjects(filled, fresh), []);
  assert.equal(await versionIn(filled), to);
}

/** Debian's server. It has pg_cron, so a changed schedule shows too. */
async function proveOn15(
  { install, upgrades, fresh }: Pick<UpgradePath, "install" | "upgrades" | "fresh">,
): Promise<void> {
  await using old = await start(install, "15");
  await using wanted = await start(fresh, "15");
  for (const text of upgrades) await applyUpgrade(old.url, text);
  await refuseDifferences(old.url, wanted.url);
}

for (const path of await releasedPaths()) {
  Deno.test({
    name: `${path.from}, upgraded to ${path.to}, is a fresh one on Postgres 15 too`,
    ignore: !hasServer("15"),
    fn: () => proveOn15(path),
  });

  Deno.test(`${path.from} with a year of data, upgraded to ${path.to}, is a fresh one`, async () => {
    await using old = await start(path.install);
    await using fresh = await start(path.fresh);
    assert.equal(await versionIn(old.url), path.from);
    await fillYear(old.url);
    await proveUpgrade(old.url, fresh.url, path);
  });
}

Deno.test("a made-up older version", async (t) => {
  const request = await upgradeFromOlder();
  const text = await writeUpgrade(request);
  await using old = await start(request.install);
  await using filled = await start(request.install);
  await using fresh = await start(bind(request.book, null));
  await fillYear(filled.url);
  const [empties, years] = [copiesOf(old), copiesOf(filled)];

  await t.step(
    "without its moves.sql is refused, with a list of all columns and tables",
    async () => {
      const refusal = await writeUpgrade({ ...request, moves: "" }).then(
        () => null,
        (error) => error,
      );
      assert.ok(refusal instanceof UserError);
      assert.match(refusal.message, /^Write these into moves\.sql:\n/);
      for (
        const line of [
          "column sesame.settings.expiring_notice: none → interval",
          "column sesame.invoices.nameless_at: timestamp with time zone f",
          "relation sesame.rebuilds: none → r postgres",
          "constraint sesame.rebuilds - rebuilds_end_after_they_begin: none → CHECK",
          "index sesame.rebuilds_open_key: none → CREATE UNIQUE INDEX",
        ]
      ) {
        assert.ok(refusal.message.includes(`\n- ${line}`), `${line}\n${refusal.message}`);
      }
      assert.doesNotMatch(refusal.message, /\n- (function|view|policy|grants|execution) /);
    },
  );

  await t.step("with a year of data, pushed by the CLI, is a fresh installation", async () => {
    await using project = await makeUserProject({ "supabase/config.toml": 'project_id = "x"\n' });
    const push = async (dbUrl: string, sql: string) => {
      await project.write({ [`supabase/migrations/20270101000000_sesame_upgrade.sql`]: sql });
      const { code, stdout, stderr } = await supabase(
        ["db", "push", `--remote=${dbUrl}`],
        {},
        project.root,
      );
      assert.equal(code, 0, stdout + stderr);
    };
    await proveUpgrade(await years.copy(), fresh.url, { to: VERSION, upgrades: [text] }, push);
  });

  await t.step("with a statement left out is not a fresh installation", async () => {
    /** Null: nothing was noticed. */
    const judge = async (statements: Statement[]) => {
      const url = await empties.copy();
      try {
        await applyStatements(url, statements);
        await refuseDifferences(url, fresh.url);
        return await versionIn(url) === VERSION ? null : "another version";
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return error.message;
      } finally {
        await empties.drop(url);
      }
    };
    const statements = await divideSql(text, "upgrade.sql");
    assert.equal(await judge(statements), null);
    for (const left of oneOfEachKind(statements)) {
      const found = await judge(statements.filter((statement) => statement !== left));
      assert.notEqual(found, null, left.text.slice(0, 200));
    }
  });

  await t.step(
    "is refused in words where the upgrade does not fit, and nothing changes",
    async () => {
      const cases: [before: string, words: RegExp][] = [
        [
          text,
          new RegExp(
            `Sesame ${VERSION} is installed here already; nothing was changed\\n.*repair --status applied 0`,
          ),
        ],
        [
          "update sesame.release set version = '0.0.8'",
          /Sesame 0\.0\.8 is installed here; .*\n.*First comes the upgrade from 0\.0\.8 to 0\.0\.9/,
        ],
        [
          "insert into sesame.release (version) values ('9.9.9')",
          /Sesame 9\.9\.9 is installed here; .*\n.* is older\. A downgrade would lose data/,
        ],
        ["drop table sesame.release", /from before its first release; nothing was changed/],
        ["drop schema sesame cascade", /Sesame is not installed here; nothing was changed/],
        [
          "insert into sesame.sleeping_functions values ('x', 'select 1')",
          /Sesame stands aside here.*\n.*select sesame\.step_in\(\)/,
        ],
        [
          "create view public.shelf as select slug from public.my_modules",
          /cannot be upgraded yet; nothing was changed\n.*view (public\.)?shelf depends on view (public\.)?my_modules\n[^]*in a migration before this one/,
        ],
      ];
      for (const [before, words] of cases) {
        const url = await empties.copy();
        await runOn(url, before);
        const there = await takeSnapshot(url);
        const refusal = await applyUpgrade(url, text).then(() => null, (error) => error);
        assert.match(refusal?.message ?? "", words);
        assert.doesNotMatch(refusal?.message, /cascade/i);
        assert.deepEqual(await takeSnapshot(url), there);
      }
    },
  );

  await t.step("loses no webhook that arrives during the upgrade", async () => {
    const url = await years.copy();
    let [begun, ended] = [0, 0];
    const load = { connections: 16, lifecycles: 150, events: 1_500 };
    const { calls, sentAgain, readers, divergences } = await runTraffic(
      url,
      load,
      7,
      async () => {
        begun = performance.now();
        await applyUpgrade(url, text);
        ended = performance.now();
      },
    );
    const across = calls.filter((call) => call.begun < ended && call.ended > begun);
    assert.ok(across.length >= load.connections, `${across.length} calls`);
    // 55P03: the lock was not free in time. 40001 and 40P01: begin again. Each is answered 503.
    const codes = Object.keys(sentAgain).filter((code) => !/^(55P03|40001|40P01)$/.test(code));
    assert.deepEqual(codes, []);
    assert.deepEqual(readers, {});
    assert.deepEqual(divergences, []);
    assert.deepEqual(await audit(url), []);
    assert.deepEqual(await differentObjects(url, fresh.url), []);
    const unsettled = await ask(
      url,
      "select from sesame.stripe_events where outcome = 'failed'",
    );
    assert.equal(unsettled.length, 0);
  });

  await t.step("is upgraded once by two pushes at once", async () => {
    const url = await empties.copy();
    const ended = await Promise.allSettled([applyUpgrade(url, text), applyUpgrade(url, text)]);
    const [refused, ...others] = ended.filter((one) => one.status === "rejected");
    assert.equal(others.length, 0);
    assert.match(refused?.reason.message, /is installed here already; nothing was changed/);
    await refuseDifferences(url, fresh.url);
  });

  await t.step("waits for a session that holds a table and then reads the inbox", async () => {
    const url = await empties.copy();
    const other = postgres(url, { max: 1, onnotice: () => {} });
    try {
      const isHeld = Promise.withResolvers<void>();
      const session = other.begin(async (transaction) => {
        await transaction`update sesame.settings set passes_stack = passes_stack`;
        isHeld.resolve();
        await transaction`select pg_sleep(1)`;
        await transaction`select from sesame.stripe_events`;
      });
      await isHeld.promise;
      await Promise.all([session, applyUpgrade(url, text)]);
    } finally {
      await other.end();
    }
    assert.equal(await versionIn(url), VERSION);
  });

  await t.step({
    name: "is a fresh installation on Postgres 15 too",
    ignore: !hasServer("15"),
    fn: async () => {
      await proveOn15({ ...request, upgrades: [text], fresh: bind(request.book, null) });
    },
  });

  await t.step(
    "is whole after its upgrade was killed in the middle, and can be upgraded then",
    async () => {
      const before = await takeSnapshot(old.url);
      await killInTheMiddle(old.url, text);
      await untilBack(old.url);
      assert.deepEqual(await takeSnapshot(old.url), before);
      assert.equal(await versionIn(old.url), OLDER);
      await applyUpgrade(old.url, text);
      assert.equal(await versionIn(old.url), VERSION);
    },
  );
});

/** The guard, the locks and the message to the Data API leave nothing in the database. */
const LEAVE_NOTHING = /^(\s*--[^\n]*\n)*\s*(do \$\$\ndeclare\n {2}v_(here|timeout)|notify )/;

/** The first statement of each kind, such as `create policy`. */
function oneOfEachKind(statements: Statement[]): Statement[] {
  const kinds = Map.groupBy(
    statements.filter(({ text }) => !LEAVE_NOTHING.test(text)),
    ({ text }) => text.replace(/^create or replace/, "create").split(" ").slice(0, 2).join(" "),
  );
  return [...kinds.values()].map(([first]) => first!);
}
