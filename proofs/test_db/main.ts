/**
 * The pgTAP files against a fresh database, as `supabase db test` runs them on a hosted project:
 *
 *     deno task test:db [--postgres 15|17|18] [--without-realtime] [--pg-prove]
 *
 * With `--pg-prove` the files go through psql and pg_prove, which have to be installed; without,
 * through a runner of our own that needs neither.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations, applySeed } from "../../local/migrations.ts";
import { createPgtap } from "../../local/pgtap.ts";
import { chosenVersion, readVersion } from "../../local/postgres_server.ts";
import { Complaint, runProgram, say } from "../../local/terminal.ts";
import { tallyLine } from "../test/tally.ts";
import { pgProve } from "./pg_prove.ts";
import { runSuite } from "./run_suite.ts";

const TESTS = "supabase/tests";
const SUPABASE = new URL("../../supabase/", import.meta.url);

await runProgram(async () => {
  const { version, realtime, usesPgProve } = readFlags(Deno.args);
  await using server = await startBareDatabase({ version, realtime });
  await applyMigrations(server.url, new URL("migrations/", SUPABASE));
  await applySeed(server.url, new URL("seed.sql", SUPABASE));
  await createPgtap(server.adminUrl);

  if (usesPgProve) return await pgProve(TESTS, server.url) ? 0 : 1;
  const tally = await runSuite(TESTS, server.url);
  if (tally.passed + tally.failed === 0) throw new Complaint(`no test found below ${TESTS}`);
  say(tallyLine(tally));
  return tally.failed === 0 ? 0 : 1;
});

function readFlags(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        "postgres": { type: "string" },
        "without-realtime": { type: "boolean", default: false },
        "pg-prove": { type: "boolean", default: false },
      },
    });
    return {
      version: values.postgres === undefined
        ? chosenVersion()
        : readVersion(values.postgres, "--postgres"),
      realtime: !values["without-realtime"],
      usesPgProve: values["pg-prove"],
    };
  } catch (error) {
    throw error instanceof TypeError ? new Complaint(error.message) : error;
  }
}
