/**
 * Runs the real CLI against the stand-in, as it would against a hosted project.
 *
 * @module
 */

import { type ManagementApi, PROJECT_REF, serveManagementApi } from "./management_api.ts";
import { type CliResult, supabase } from "./supabase_cli.ts";

/** How the command ended, and what the project has now. */
export type CliRun = CliResult & Pick<ManagementApi, "uploads" | "secrets">;

/** Runs one command on the project, such as `onStandIn(["functions", "deploy"])`. */
export async function onStandIn(args: string[]): Promise<CliRun> {
  await using api = serveManagementApi();
  const profile = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(profile, JSON.stringify(profileOf(api.url)));
    const result = await supabase(
      ["--profile", profile, ...args, `--remote=${PROJECT_REF}`],
      { SUPABASE_ACCESS_TOKEN: `sbp_${"0".repeat(40)}` },
    );
    return { ...result, uploads: api.uploads, secrets: api.secrets };
  } finally {
    await Deno.remove(profile);
  }
}

/** Points the CLI at another Management API than Supabase's own. */
function profileOf(url: string) {
  return { name: "stand-in", api_url: url, dashboard_url: url, project_host: "stand-in.test" };
}
