/** The commands that a user types in their own project: ours, and the real CLI's. */

import assert from "node:assert/strict";
import { ask } from "../../cli/catalogue/catalogue.ts";
import type { TestProject } from "../../cli/project/testing.ts";
import { type CliResult, PROJECT, supabase } from "./supabase_cli.ts";

/** Runs one of our commands, in a folder from which it finds the project upwards. */
export async function sesame(
  project: TestProject,
  typed: string,
  env: Record<string, string> = {},
): Promise<CliResult> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `${PROJECT}cli/main.ts`, ...typed.split(" ")],
    cwd: `${project.root}/supabase`,
    env: { NO_COLOR: "1", SUPABASE_DB_URL: "", ...env },
    stdin: "null",
  }).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out, stderr: err };
}

export async function succeed(ran: Promise<CliResult>): Promise<string> {
  const { code, stdout, stderr } = await ran;
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

/** `supabase db push`, as `add` prints it: without `--include-all`. */
export function push({ root }: TestProject, dbUrl: string): Promise<CliResult> {
  return supabase(["db", "push", `--remote=${dbUrl}`], {}, root);
}

export async function rolesOf(dbUrl: string): Promise<string[]> {
  return (await ask(dbUrl, "select rolname from pg_roles order by 1")).map(({ rolname }) =>
    rolname
  );
}
