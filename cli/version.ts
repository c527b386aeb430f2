/** The version of this copy of Sesame; `deno.json` names it, here and in the npm package. */

import config from "../deno.json" with { type: "json" };

export const VERSION: string = config.version;
