/** The migration that removes Sesame from a database. */

import { inSchema, PUBLIC } from "../project/schema_name.ts";
import { VERSION } from "../version.ts";

export async function removalSql(keepsData: boolean, schema = PUBLIC): Promise<string> {
  const names = ["check", ...keepsData ? ["keep_data"] : [], "drop"];
  const isOurs = schema !== PUBLIC;
  const parts = await Promise.all(names.map(readSql));
  const sql = inSchema([...parts, ...isOurs ? [DROP_SCHEMA] : [], RELOAD].join("\n"), schema);
  const head = `-- Removes Sesame ${VERSION}. Sesame wrote this file: do not edit it.\n`;
  return `${head}\n${sql}`;
}

const RELOAD = "notify pgrst, 'reload schema';\n";

/** An object of the app's own may be in it. Then the schema stays. */
const DROP_SCHEMA = `-- The schema that Sesame was given.
do $$
begin
  if to_regnamespace('public') is not null then
    drop schema public;
  end if;
exception when dependent_objects_still_exist then
  raise warning 'schema public stays: %', sqlerrm;
end
$$;
`;

/** Raises an error with the whole list, if something stands in the way; otherwise does nothing. */
export async function checkSql(schema: string): Promise<string> {
  return inSchema(await readSql("check"), schema);
}

function readSql(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`${name}.sql`, import.meta.url));
}
