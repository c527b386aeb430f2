/**
 * Deploys the functions with the real CLI, to the stand-in.
 *
 * @module
 */

import { type CliRun, onStandIn } from "./stand_in_project.ts";

/** Runs `supabase functions deploy --use-api` for all functions, as docs/operations.md says to. */
export function deploy(): Promise<CliRun> {
  return onStandIn(["functions", "deploy", "--use-api"]);
}
