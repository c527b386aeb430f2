/**
 * `deno task test:db`: the pgTAP files against a fresh database, as `supabase db test` sees one.
 *
 * With `--pg-prove` the files go through psql and pg_prove, which have to be installed; without,
 * through a runner of our own that needs neither.
 *
 * @module
 */

import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations, applySeed } from "../../local/migrations.ts";
import { createPgtap } from "../../local/pgtap.ts";
import { Complaint, runProgram, say } from "../../local/terminal.ts";
import { tallyLine } from "../test/tally.ts";
import { pgProve } from "./pg_prove.ts";
import { runSuite } from "./run_suite.ts";

const TESTS = "supabase/tests";
const SUPABASE = new URL("../../supabase/", import.meta.url);

await runProgram(async () => {
  await using server = await startBareDatabase();
  await applyMigrations(server.url, new URL("migrations/", SUPABASE));
  await applySeed(server.url, new URL("seed.sql", SUPABASE));
  await createPgtap(server.url);

  if (Deno.args.includes("--pg-prove")) return await pgProve(TESTS, server.url) ? 0 : 1;
  const tally = await runSuite(TESTS, server.url);
  if (tally.passed + tally.failed === 0) throw new Complaint(`no test found below ${TESTS}`);
  say(tallyLine(tally));
  return tally.failed === 0 ? 0 : 1;
});
