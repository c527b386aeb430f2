/** Runs the Supabase CLI, in the one version that Sesame is tested with. */

import { cp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { IS_PACKAGE } from "../../diagnosis/edition.ts";
import { CACHE } from "../../local/places.ts";
import { UserError } from "../../local/terminal.ts";
import type { Source } from "../../supabase/functions/_shared/env.ts";
import { VERSION } from "../version.ts";
import type { AddedProject } from "./added_project.ts";
import { explainFailure } from "./cli_failure.ts";

/** Runs the CLI with these arguments and returns its standard output. Throws `UserError` if it fails. */
export type Cli = (args: string[]) => Promise<string>;

const PACKAGE = "supabase@3.1.0";

/** On Windows `npx` is a batch file, which is only found under its full name. */
const NPX = Deno.build.os === "windows" ? "npx.cmd" : "npx";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Where the CLI works. It writes below `supabase/`, so the npm package gives it a copy of its own. */
async function workFolder(added: AddedProject | null): Promise<string> {
  if (added !== null) return dirname(added.folder.replace(/[\\/]$/, ""));
  if (!IS_PACKAGE) return ROOT;
  const folder = join(CACHE, `project-${VERSION}`);
  await cp(join(ROOT, "supabase"), join(folder, "supabase"), { recursive: true });
  return folder;
}

/** With `added` it works in that project. */
export async function supabaseCli(
  read: Source,
  added: AddedProject | null = null,
  npx = NPX,
): Promise<Cli> {
  const env = { ...secretsFor(read), ...tlsVariables(await profileName(read), read) };
  const cwd = await workFolder(added);
  return async (args) => {
    const command = new Deno.Command(npx, {
      // In an agent's terminal the CLI answers differently.
      args: ["-y", PACKAGE, "--agent", "no", ...args],
      cwd,
      env,
      stdin: "null",
    });
    const { success, stdout, stderr } = await command.output().catch(noNpx);
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    if (success) return out ?? "";
    throw new UserError(explainFailure(args, { stdout: out ?? "", stderr: err ?? "" }));
  };
}

/** Variables of the CLI that may also stand in the file of --env-file. */
function secretsFor(read: Source): Record<string, string> {
  const given = ["SUPABASE_ACCESS_TOKEN", "SUPABASE_DB_PASSWORD"].map((name) => [name, read(name)]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/**
 * What keeps the connection to the database encrypted.
 *
 * With Supabase's own profile the CLI insists on TLS and checks the certificate against Supabase's CA,
 * but only while PGSSLMODE is unset: `require` would switch that check off. With any other profile it
 * falls back to plaintext, and there `require` forbids it; with a PGSSLROOTCERT it checks as well.
 */
export function tlsVariables(profile: string, read: Source): Record<string, string> {
  if (read("PGSSLMODE") !== undefined) return {};
  const isChecked = profile === "supabase" && read("PGSSLROOTCERT") === undefined;
  return isChecked ? {} : { PGSSLMODE: "require" };
}

/** The CLI's profile: from the variable, otherwise the one that `supabase login --profile` saved. */
async function profileName(read: Source): Promise<string> {
  const given = read("SUPABASE_PROFILE");
  if (given !== undefined && given !== "") return given;
  const home = read("SUPABASE_HOME") ??
    join(read("HOME") ?? read("USERPROFILE") ?? "", ".supabase");
  const saved = await Deno.readTextFile(join(home, "profile")).catch(() => "");
  return saved.trim() || "supabase";
}

function noNpx(error: unknown): never {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
  throw new UserError("npx was not found: install Node 20 or newer, which brings it");
}
