/** `deno task test:db`: the pgTAP files against fresh databases, as `supabase db test` runs them. */

import { command } from "../../cli/frame.ts";
import { flag, list, value } from "../../cli/options.ts";
import { bookFolder } from "../../cli/project/release.ts";
import { PUBLIC } from "../../cli/project/schema_name.ts";
import type { FileReport } from "../../cli/test/run_file.ts";
import { listTests, reportInWords, runSuite } from "../../cli/test/run_suite.ts";
import { sum, tallyLine } from "../../cli/test/tally.ts";
import { startTestDatabase } from "../../cli/test/test_database.ts";
import { chosenVersion, readVersion } from "../../local/postgres_server.ts";
import { say, UserError } from "../../local/terminal.ts";
import { chosenSchema } from "../schema/chosen_schema.ts";
import { pgProve } from "./pg_prove.ts";

const TESTS = "supabase/tests";

const testDatabase = command({
  name: "test:db",
  summary: "Run the pgTAP files against a fresh database",
  options: {
    postgres: value(
      "<15|17|18>",
      "the version of Postgres; without it, SESAME_POSTGRES or 17",
      readVersion,
    ),
    only: list("<name>", "only the files with this in their name; may be given several times"),
    withoutRealtime: flag("leave Realtime's schema out"),
    pgProve: flag("run the files through psql and pg_prove, which have to be installed"),
  },
  details: "SESAME_SCHEMA names another exposed schema than public, as `add --schema` does.",
  examples: ["", "--only purchases", "--postgres 15", "--pg-prove"],
  exitCodes: ["all assertions hold", "one fails"],
  async run({ options }) {
    const { postgres = chosenVersion(), only, withoutRealtime, pgProve: usesPgProve } = options;
    const schema = chosenSchema();
    const migrations = await bookFolder(schema);
    const start = () =>
      startTestDatabase(migrations, { version: postgres, realtime: !withoutRealtime }, schema);
    const files = listTests(TESTS).filter((file) =>
      only.length === 0 || only.some((name) => file.slice(TESTS.length).includes(name))
    );
    if (files.length === 0) throw new UserError(`No such file below ${TESTS}`);
    await using first = await start();
    if (usesPgProve && schema !== PUBLIC) throw new UserError(`--pg-prove is for schema ${PUBLIC}`);
    if (usesPgProve) return await pgProve(files, first.url) ? 0 : 1;

    await using second = await start();
    const show = (report: FileReport) => say(...reportInWords(report));
    const tally = sum(await runSuite(files, [first.url, second.url], show, schema));
    say(tallyLine(tally));
    return tally.failed === 0 ? 0 : 1;
  },
});

await testDatabase.runAndExit();
