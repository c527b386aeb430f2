/** Which parameters Stripe publishes, as the client in `deno.json` declares them. */

import { ENDPOINTS } from "./endpoints.ts";
import { readShapes } from "./read_shapes.ts";

export const FILE = new URL("../../../stripe/parameters.json", import.meta.url);

/** The text of the file. */
export function parametersText(): string {
  return `${JSON.stringify(readShapes(ENDPOINTS))}\n`;
}
