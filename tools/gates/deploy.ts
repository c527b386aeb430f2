/**
 * Deploys the functions with the real CLI, to the stand-in.
 *
 * @module
 */

import { PROJECT_REF, serveManagementApi, type Upload } from "./management_api.ts";
import { type CliResult, supabase } from "./supabase_cli.ts";

/** What a deployment did. */
export interface Deployment extends CliResult {
  /** By the name of the function. */
  uploads: Map<string, Upload>;
}

/** Runs `supabase functions deploy --use-api` for all functions, as README says to. */
export async function deploy(): Promise<Deployment> {
  await using api = serveManagementApi();
  const profile = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(profile, JSON.stringify(profileOf(api.url)));
    const result = await supabase(
      ["--profile", profile, "functions", "deploy", "--use-api", `--remote=${PROJECT_REF}`],
      { SUPABASE_ACCESS_TOKEN: `sbp_${"0".repeat(40)}` },
    );
    return { ...result, uploads: api.uploads };
  } finally {
    await Deno.remove(profile);
  }
}

/** Points the CLI at another Management API than Supabase's own. */
function profileOf(url: string) {
  return { name: "stand-in", api_url: url, dashboard_url: url, project_host: "stand-in.test" };
}
