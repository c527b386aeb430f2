/**
 * Runs the real CLI against the stand-in, as it would against a hosted project.
 *
 * @module
 */

import { ACCESS_TOKEN, POOLER_HOST, PROJECT_HOST, PROJECT_REF } from "./hosted_names.ts";
import { type ManagementApi, serveManagementApi } from "./management_api.ts";
import { type CliResult, supabase } from "./supabase_cli.ts";

/** How the command ended, and what the project has now. */
export type CliRun = CliResult & Pick<ManagementApi, "uploads" | "secrets">;

/** Runs one command on the project, such as `onStandIn(["functions", "deploy"])`. */
export async function onStandIn(args: string[]): Promise<CliRun> {
  await using api = serveManagementApi();
  await using environment = await environmentFor(api);
  const result = await supabase([...args, `--remote=${PROJECT_REF}`], environment.variables);
  return { ...result, uploads: api.uploads, secrets: api.secrets };
}

/** The environment with which the CLI talks to the stand-in, logged in there. */
export async function environmentFor({ url }: ManagementApi) {
  const profile = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(profile, JSON.stringify(profileOf(url)));
  return {
    variables: { SUPABASE_PROFILE: profile, SUPABASE_ACCESS_TOKEN: ACCESS_TOKEN },
    [Symbol.asyncDispose]: () => Deno.remove(profile),
  };
}

/** Points the CLI at another Management API than Supabase's own; all else is as Supabase has it. */
function profileOf(url: string) {
  return {
    name: "supabase",
    api_url: url,
    dashboard_url: url,
    project_host: PROJECT_HOST,
    pooler_host: POOLER_HOST,
  };
}
