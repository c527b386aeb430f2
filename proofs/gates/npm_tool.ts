/**
 * The tools of the gates, each in one fixed version. Deno cannot resolve the optional packages of the CLI,
 * so npm installs them.
 *
 * @module
 */

import { npmPackage } from "../../local/npm_package.ts";

/** The CLI that deploys: https://supabase.com/docs/guides/local-development/cli */
export const SUPABASE_CLI = { name: "supabase", version: "3.1.0" };

/** What the hosted edge runtime is compatible with: https://github.com/supabase/edge-runtime */
export const HOSTED_DENO = { name: "deno", version: "2.1.4" };

/** Installs a tool unless it is there already, and returns the path of its program. */
export async function npmTool({ name, version }: typeof SUPABASE_CLI): Promise<string> {
  return `${await npmPackage(name, version)}/node_modules/.bin/${name}`;
}
