import assert from "node:assert/strict";
import postgres from "postgres";
import { startBareDatabase } from "../../local/bare_database.ts";
import { bind, readBook } from "../project/release.ts";
import { removalSql } from "./removal_sql.ts";

/** The jobs of pg_cron, as far as the removal uses them. */
const CRON = `
  create schema cron;
  create table cron.job (jobid bigint primary key, jobname text, command text);
  create function cron.unschedule(bigint) returns boolean language plpgsql as
    'begin delete from cron.job where jobid = $1; return found; end';
  insert into cron.job (jobid, jobname) values (101, 'sesame-purge'), (102, 'sesame-seeds-of-the-shop');`;

Deno.test("the migration that removes Sesame from a database", async (t) => {
  await using server = await startBareDatabase();
  const [sql, webhook] = [server.url, server.url].map((url) =>
    postgres(url, { max: 1, onnotice: () => {} })
  ) as [postgres.Sql, postgres.Sql];
  try {
    await sql.unsafe(bind(await readBook(), null)).simple();

    await t.step("a row that comes after its table was copied waits, and is not lost", async () => {
      const undone = new Error("undone");
      await assert.rejects(
        sql.begin(async (removing) => {
          const [copying = ""] = (await removalSql(true)).split("-- Drops what is Sesame's.");
          await removing.unsafe(copying).simple();
          for (const table of ["sesame.stripe_events", "public.modules", "public.module_access"]) {
            await assert.rejects(
              webhook.begin(async (other) => {
                await other`set local lock_timeout = '100ms'`;
                await other.unsafe(`lock table ${table} in row exclusive mode`);
              }),
              { code: "55P03" },
              table,
            );
          }
          throw undone;
        }),
        undone,
      );
    });

    await t.step("a job of the app's stays, although its name begins with sesame-", async () => {
      await sql.unsafe(CRON).simple();
      await sql.unsafe(await removalSql(false)).simple();
      assert.deepEqual((await sql`select jobid from cron.job`).map(({ jobid }) => jobid), ["102"]);
    });
  } finally {
    await Promise.all([sql.end({ timeout: 1 }), webhook.end({ timeout: 1 })]);
  }
});
