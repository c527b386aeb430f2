/** The exposed schema that the proofs run in: `SESAME_SCHEMA`, otherwise `public`. */

import { PUBLIC, readSchemaName } from "../../cli/project/schema_name.ts";

export function chosenSchema(): string {
  return readSchemaName(Deno.env.get("SESAME_SCHEMA") || PUBLIC, "SESAME_SCHEMA");
}
