/** The generated parts of an upgrade: everything except the rows and columns that move. */

import postgres from "postgres";
import { type CatalogueFact, readCatalogue } from "../../../cli/catalogue/catalogue.ts";
import { statementsOf } from "../../../cli/doctor/drift_findings.ts";
import type { Chapter } from "../../../cli/project/release.ts";
import { runOn } from "../../../local/database_copies.ts";
import { UserError } from "../../../local/terminal.ts";
import { withDatabase } from "../../../local/with_database.ts";
import { commentStatements } from "./comments.ts";
import { createStatements, objectsToCreate } from "./creates.ts";
import { type Difference, differencesBetween, inWords } from "./differences.ts";
import { dropAll, objectsToDrop } from "./drops.ts";

/** In the order in which they run. */
export interface Generated {
  comments: string[];
  /** What is dropped, as `drop` calls it. */
  drops: string[];
  creates: string[];
  /** Comments of objects that did not exist before. */
  newComments: string[];
  /** Takes the project's default privileges from every new object. */
  closes: string[];
  grants: string[];
}

/**
 * Turns the old database into the new one, and returns every statement.
 *
 * @param oldUrl after `moves.sql`; it is changed
 * @param start the catalogue of the old one before `moves.sql`
 * @throws UserError that names every column, type, constraint and index that still differs
 */
export async function generate(
  oldUrl: string,
  newUrl: string,
  start: readonly CatalogueFact[],
  book: readonly Chapter[],
): Promise<Generated> {
  const wanted = await fullCatalogue(newUrl);
  // Of objects that both have. In the new database each changes nothing.
  const kept = await runPossible(newUrl, await commentStatements(oldUrl, newUrl));
  const comments = await runPossible(oldUrl, kept);
  const moved = await fullCatalogue(oldUrl);
  refuseHandWork(moved, wanted);

  const drops = await withDatabase(
    withNames(oldUrl),
    (sql) => dropAll(sql, objectsToDrop(moved, wanted)),
  );
  const left = await fullCatalogue(oldUrl);
  const creates = await createStatements(book, objectsToCreate(left, wanted));
  await runOn(oldUrl, creates.join("\n"));
  const newComments = await commentStatements(oldUrl, newUrl);
  await runOn(oldUrl, newComments.join("\n"));

  const closes = closeStatements([start, left], wanted);
  await runOn(oldUrl, closes.join("\n"));
  const grants = grantStatements(await fullCatalogue(oldUrl), wanted);
  return { comments, drops, creates, newComments, closes, grants };
}

/** The catalogue with the schema in every name, whatever the role's search path. */
export function fullCatalogue(dbUrl: string): Promise<CatalogueFact[]> {
  return readCatalogue(dbUrl, "pg_catalog");
}

/** An address at which every name has its schema. */
export function withNames(dbUrl: string): string {
  return `${dbUrl}?search_path=pg_catalog`;
}

/** Kinds that only a person can change, because rows depend on them. Of a view they come with the view. */
const BY_HAND: ReadonlySet<string> = new Set([
  ...["schema", "relation", "row level security", "column", "order of columns", "index"],
  ...["constraint", "firing", "type", "default privileges", "setting", "extension"],
]);

function refuseHandWork(moved: readonly CatalogueFact[], wanted: readonly CatalogueFact[]): void {
  const views = [...moved, ...wanted].filter(({ kind }) => kind === "view").map(({ name }) => name);
  const triggers = new Set(wanted.filter(({ kind }) => kind === "trigger").map(({ name }) => name));
  const isGenerated = ({ kind, name }: Difference) =>
    kind === "firing"
      ? !moved.some((fact) => fact.kind === kind && fact.name === name) || !triggers.has(name)
      : views.some((view) => name === view || name.startsWith(`${view}.`));
  const left = differencesBetween(moved, wanted)
    .filter((one) => BY_HAND.has(one.kind) && !isGenerated(one) && !isSaidBefore(one));
  refuse(left.map(inWords), "Write these into moves.sql");
}

/** An index is a relation too, and a column that comes or goes changes the order of all. */
function isSaidBefore({ kind, before, after }: Difference): boolean {
  if (kind === "relation") return (before ?? after ?? "").startsWith("i ");
  if (kind !== "order of columns") return false;
  const [was, is] = [before, after].map((fact) => new Set((fact ?? "").split(" ")));
  return was!.symmetricDifference(is!).size > 0;
}

/** Refuses with the whole list, one line each. */
export function refuse(lines: readonly string[], what: string): void {
  if (lines.length === 0) return;
  throw new UserError([`${what}:`, ...lines.map((line) => `- ${line}`)].join("\n"));
}

/** For tables, views and functions that are new, or were dropped and created again; each name once. */
function closeStatements(
  olds: readonly (readonly CatalogueFact[])[],
  wanted: readonly CatalogueFact[],
): string[] {
  const isNew = ({ kind, name }: CatalogueFact) =>
    olds.some((facts) => !facts.some((fact) => fact.kind === kind && fact.name === name));
  const names = wanted.filter(({ kind }) => kind === "grants" || kind === "execution")
    .filter(({ name }) => /^(public|sesame)\./.test(name))
    .filter(isNew).map(({ name }) => name.split("(")[0] ?? name);
  return [...new Set(names)].map((name) => `select sesame.revoke_default_grants('${name}');`);
}

/** In the words of the doctor's fixes. */
function grantStatements(
  old: readonly CatalogueFact[],
  wanted: readonly CatalogueFact[],
): string[] {
  return differencesBetween(old, wanted).flatMap(({ kind, name, before, after }) =>
    statementsOf({ code: "grant_differs", kind, name, expected: after, actual: before })
  );
}

/** Runs those whose objects exist. */
function runPossible(dbUrl: string, statements: string[]): Promise<string[]> {
  return withDatabase(dbUrl, async (sql) => {
    const done: string[] = [];
    for (const statement of statements) {
      try {
        await sql.unsafe(statement);
        done.push(statement);
      } catch (error) {
        if (!(error instanceof postgres.PostgresError) || !error.code.startsWith("42")) throw error;
      }
    }
    return done;
  });
}
