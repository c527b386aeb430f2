/**
 * `deno task stripe:parameters`: writes down, for the stand-in, which parameters Stripe publishes, as
 * the declarations of the client in `deno.json` have them.
 *
 * @module
 */

import { ENDPOINTS } from "./endpoints.ts";
import { readShapes } from "./read_shapes.ts";

export const FILE = new URL("../../../stripe/parameters.json", import.meta.url);

/** The text of the file, as it must be. */
export function parametersText(): string {
  return `${JSON.stringify(readShapes(ENDPOINTS))}\n`;
}

if (import.meta.main) await Deno.writeTextFile(FILE, parametersText());
