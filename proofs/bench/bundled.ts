/** The webhook's function as a bundle, to be booted. Supabase bundles each function that it deploys. */

import { pathToFileURL } from "node:url";
import { stop } from "esbuild";
import type { BootOptions } from "../../local/function_process.ts";
import { NO_SETTINGS } from "../../local/functions_config.ts";
import { bundleOf } from "../bundle/bundle.ts";

/** Where a function's code is. */
export type Code = Pick<BootOptions, "folder" | "name" | "settings">;

/** Writes the bundle below this folder. */
export async function bundleWebhook(folder: string): Promise<Code> {
  const name = "stripe-webhook";
  await bundleOf(name, `${folder}/functions/${name}`).finally(stop);
  const entrypoint = `functions/${name}/index.js`;
  return {
    folder: pathToFileURL(`${folder}/functions/`),
    name,
    settings: { ...NO_SETTINGS, entrypoint },
  };
}
