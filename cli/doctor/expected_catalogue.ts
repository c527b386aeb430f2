/** What the migrations make of a project: their objects, and none of the platform's. */

import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { type CatalogueFact, readCatalogue } from "../catalogue/catalogue.ts";

/** What a project has of its own, whatever the migrations say. */
const NOT_OURS: ReadonlySet<string> = new Set([
  "schema",
  "setting",
  "extension",
  "default privileges",
]);

/** Makes a database of them, describes it, and removes it; takes about two seconds. */
export async function expectedCatalogue(migrations: URL): Promise<CatalogueFact[]> {
  await using server = await startBareDatabase();
  const before = new Set((await readCatalogue(server.url)).map(lineOf));
  await applyMigrations(server.url, migrations);
  const after = await readCatalogue(server.url);
  return after.filter((fact) => !NOT_OURS.has(fact.kind) && !before.has(lineOf(fact)));
}

function lineOf({ kind, name, fact }: CatalogueFact): string {
  return `${kind} | ${name} | ${fact}`;
}
