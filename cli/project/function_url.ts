/** Where our functions are. In the user's project their names may have a prefix, which the manifest knows. */

import { fileURLToPath } from "node:url";
import { PROJECT } from "../../local/places.ts";
import { readManifest } from "./manifest.ts";

export interface FunctionsAddress {
  /** `https://<ref>.supabase.co/functions/v1` */
  functionsUrl: string;
  /** What the names of our functions begin with; without it, nothing. */
  functionsPrefix?: string;
}

/** The address of one of our functions, by our name for it. */
export function functionUrl(
  { functionsUrl, functionsPrefix = "" }: FunctionsAddress,
  name: string,
): string {
  return `${functionsUrl}/${functionsPrefix}${name}`;
}

/** The prefix in the project in which the command runs. */
export async function readFunctionsPrefix(): Promise<string> {
  const manifest = await readManifest(fileURLToPath(PROJECT));
  return manifest?.options.functionsPrefix ?? "";
}
