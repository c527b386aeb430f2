import assert from "node:assert/strict";
import { type BareDatabase, startBareDatabase } from "../../local/bare_database.ts";
import { hasServer, type PostgresVersion } from "../../local/postgres_server.ts";
import { ask, readCatalogue } from "../../cli/catalogue/catalogue.ts";
import { driftBetween } from "../../cli/doctor/drift_between.ts";
import { expectedCatalogue } from "../../cli/doctor/expected_catalogue.ts";
import { supabase } from "./supabase_cli.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** A database of this version after `supabase db push`. */
async function pushed(version: PostgresVersion): Promise<BareDatabase> {
  await using starting = new AsyncDisposableStack();
  const server = starting.use(await startBareDatabase({ version }));
  const { code, stderr } = await supabase(["db", "push", `--remote=${server.url}`]);
  assert.equal(code, 0, stderr);
  starting.move();
  return server;
}

for (const version of ["15", "18"] as const) {
  Deno.test({
    name:
      `on Postgres ${version} the doctor finds differences, and reports nothing if there are none`,
    ignore: !hasServer(version),
    fn: async () => {
      await using server = await pushed(version);
      const expected = await expectedCatalogue(MIGRATIONS); // always that of 17
      assert.deepEqual(driftBetween(expected, await readCatalogue(server.url)), []);

      await ask(server.url, "grant insert on sesame.grants to anon");
      await ask(
        server.url,
        `do $$ begin
           execute 'create or replace view sesame.manual_sources as '
             || rtrim(pg_get_viewdef('sesame.manual_sources'::regclass), ';') || ' limit 1';
         end $$`,
      );
      const found = driftBetween(expected, await readCatalogue(server.url));
      assert.deepEqual(found.map(({ code, name }) => `${code} ${name}`), [
        "view_differs sesame.manual_sources",
        "grant_differs sesame.grants",
      ]);
    },
  });
}

Deno.test({
  name: "Debian's pg_cron runs our jobs as the project's owner, and they succeed",
  ignore: !hasServer("15"),
  fn: async () => {
    await using server = await pushed("15");
    // Each minute: its next one is nearer than the next five or the next hour.
    await ask(
      server.url,
      "select cron.schedule(jobname, '* * * * *', command) from cron.job where jobname like 'sesame-%'",
    );
    const ran = "select distinct concat_ws(' ', jobname, details.username, status) as line " +
      "from cron.job_run_details as details join cron.job using (jobid) " +
      "where status not in ('starting', 'running') order by line";
    let lines: string[] = [];
    for (let second = 0; second < 90 && lines.length < 3; second++) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      lines = (await ask(server.url, ran)).map(({ line }) => line);
    }
    assert.deepEqual(lines, [
      "sesame-alerts postgres succeeded",
      "sesame-fold postgres succeeded",
      "sesame-purge postgres succeeded",
    ]);
  },
});
