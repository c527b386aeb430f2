/**
 * The types of the public schema, as the CLI reads them out of a database.
 *
 * @module
 */

import { formatted } from "../../diagnosis/runbook.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { command } from "../../cli/frame.ts";
import { supabase } from "./supabase_cli.ts";

/** Where the generated types are committed. */
export const TYPES = new URL("../../supabase/functions/_shared/database.types.ts", import.meta.url);

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** Generates them from the migrations, formatted as everything else is. */
export async function generateTypes(): Promise<string> {
  await using server = await startBareDatabase();
  await applyMigrations(server.url, MIGRATIONS);
  const { code, stdout, stderr } = await supabase(
    ["gen", "types", "--lang", "typescript", `--remote=${server.url}`],
  );
  if (code !== 0) throw new Error(stderr);
  return await formatted(stdout, "ts");
}

const types = command({
  name: "types",
  summary: "Write the types of the public schema, as the Supabase CLI reads them from a database",
  options: {},
  examples: [""],
  exitCodes: ["the file is written"],
  async run() {
    await Deno.writeTextFile(TYPES, await generateTypes());
    return 0;
  },
});

if (import.meta.main) await types.runAndExit();
