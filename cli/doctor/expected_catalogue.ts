/** The objects that the migrations create, without those of the platform. */

import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { type CatalogueFact, readCatalogue } from "../catalogue/catalogue.ts";

/** Objects that a project may have of its own. */
const NOT_OURS: ReadonlySet<string> = new Set([
  "schema",
  "setting",
  "extension",
  "default privileges",
]);

/** Migrates a temporary database and describes it. Takes about two seconds. `rewrite` changes the SQL first. */
export async function expectedCatalogue(
  migrations: URL,
  rewrite: (sql: string) => string = (sql) => sql,
): Promise<CatalogueFact[]> {
  await using server = await startBareDatabase();
  const before = new Set((await readCatalogue(server.url)).map(lineOf));
  await applyMigrations(server.url, migrations, { rewrite });
  const after = await readCatalogue(server.url);
  return after.filter((fact) => !NOT_OURS.has(fact.kind) && !before.has(lineOf(fact)));
}

function lineOf({ kind, name, fact }: CatalogueFact): string {
  return `${kind} | ${name} | ${fact}`;
}
