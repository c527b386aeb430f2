/** `deno task test:db`: the pgTAP files against a fresh database, as `supabase db test` runs them. */

import { command } from "../../cli/frame.ts";
import { flag, value } from "../../cli/options.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations, applySeed } from "../../local/migrations.ts";
import { createPgtap } from "../../local/pgtap.ts";
import { chosenVersion, readVersion } from "../../local/postgres_server.ts";
import { Complaint, say } from "../../local/terminal.ts";
import { tallyLine } from "../test/tally.ts";
import { pgProve } from "./pg_prove.ts";
import { runSuite } from "./run_suite.ts";

const TESTS = "supabase/tests";
const SUPABASE = new URL("../../supabase/", import.meta.url);

const testDatabase = command({
  name: "test:db",
  summary: "Run the pgTAP files against a fresh database",
  options: {
    postgres: value(
      "<15|17|18>",
      "the version of Postgres; without it, SESAME_POSTGRES or 17",
      readVersion,
    ),
    withoutRealtime: flag("leave Realtime's schema out"),
    pgProve: flag("run the files through psql and pg_prove, which have to be installed"),
  },
  examples: ["", "--postgres 15", "--pg-prove"],
  exitCodes: ["all assertions hold", "one fails"],
  async run({ options: { postgres = chosenVersion(), withoutRealtime, pgProve: usesPgProve } }) {
    await using server = await startBareDatabase({ version: postgres, realtime: !withoutRealtime });
    await applyMigrations(server.url, new URL("migrations/", SUPABASE));
    await applySeed(server.url, new URL("seed.sql", SUPABASE));
    await createPgtap(server.adminUrl);

    if (usesPgProve) return await pgProve(TESTS, server.url) ? 0 : 1;
    const tally = await runSuite(TESTS, server.url);
    if (tally.passed + tally.failed === 0) throw new Complaint(`no test found below ${TESTS}`);
    say(tallyLine(tally));
    return tally.failed === 0 ? 0 : 1;
  },
});

await testDatabase.runAndExit();
