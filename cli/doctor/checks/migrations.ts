import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { applyMigrations, recordMigrations } from "../../../local/migrations.ts";
import { ask } from "../../catalogue/catalogue.ts";
import { createdObjects, readObjectNames } from "../../catalogue/created_objects.ts";
import { type Check, DATABASE, type Finding } from "../check.ts";
import { isOurMigration } from "../../project/migrations.ts";

/** By the objects that a migration creates: a project's history may lack rows, and has rows of its own. */
export const check: Check = {
  title: "every migration is applied, and the history says so",
  codes: ["migration_missing", "migration_unrecorded", "migration_incomplete", "migration_unknown"],
  needs: [DATABASE],
  isOfThisVersion: true,
  async look({ dbUrl, migrations, addedMigrations }) {
    const [rows, there, chapters] = await Promise.all([
      readRows(dbUrl ?? ""),
      readObjectNames(dbUrl ?? ""),
      readChapters(migrations),
    ]);
    return addedMigrations === null
      ? judgeChapters(rows, chapters, there)
      : judgeAdded(rows, addedMigrations, chapters, there);
  },
  async fix({ dbUrl, migrations, addedMigrations }, findings) {
    const folder = addedMigrations === null ? migrations : new URL("./", addedMigrations[0]);
    const versionsOf = (code: Finding["code"]) =>
      new Set(findings.filter((it) => it.code === code).map(({ about }) => about.slice(0, 14)));
    const recorded = await recordMigrations(
      dbUrl ?? "",
      folder,
      versionsOf("migration_unrecorded"),
    );
    const versions = versionsOf("migration_missing");
    const applied = await applyMigrations(dbUrl ?? "", folder, { versions });
    return [
      ...recorded.map((version) => `recorded migration ${version} as applied`),
      ...applied.map((version) => `applied migration ${version}`),
    ];
  },
};

/** A project that pushes the chapters themselves, from a clone. */
function judgeChapters(rows: Row[], chapters: Chapter[], there: Set<string>): Finding[] {
  const isChapter = (row: Row) => chapters.some((chapter) => isRowOf(row, chapter));
  const unknown = rows.filter((row) => row.makes_ours && !isChapter(row) && !isAdded(row))
    .map(({ version, name }): Finding => ({
      code: "migration_unknown",
      about: `${version}_${name}`,
    }));
  // A repository with Sesame added has pushed it. Its history is not ours to judge from here, or to write to.
  if (rows.some(isAdded)) return unknown;
  if (!rows.some(isChapter) && there.has("schema sesame")) return [WITHOUT_ANY_ROW, ...unknown];
  const missing = chapters.filter((chapter) => !rows.some((row) => isRowOf(row, chapter)));
  return [...missing.map((chapter) => withoutRow(chapter, chapters, there)), ...unknown];
}

/** It may have been pushed from a clone, or from a repository with Sesame added. So nothing is recorded from here. */
const WITHOUT_ANY_ROW: Finding = {
  code: "migration_unrecorded",
  about: "all of Sesame: your repository has the version of the migration",
};

/** A project with Sesame added. The database has this version, so its objects are those of the chapters. */
function judgeAdded(
  rows: Row[],
  files: readonly URL[],
  chapters: readonly Chapter[],
  there: Set<string>,
): Finding[] {
  const objects = chapters.flatMap((chapter) => chapter.objects);
  return files.map(namedFile)
    .filter((file) => !rows.some((row) => isRowOf(row, file)))
    .map((file) => lacking({ ...file, objects }, objects, there));
}

/** Whether `add`, `upgrade` or `remove` wrote the migration. */
function isAdded({ version, name }: Row): boolean {
  return isOurMigration(`${version}_${name}.sql`);
}

/** A migration of ours. */
interface Chapter {
  version: string;
  /** The file's name without its ending. */
  name: string;
  objects: string[];
}

/** A row of the history. */
interface Row {
  version: string;
  name: string | null;
  /** It creates something that only Sesame has. */
  makes_ours: boolean;
}

/** Some installers give a copied migration a new version and keep its name. */
function isRowOf(row: Row, { version, name }: Pick<Chapter, "version" | "name">): boolean {
  return row.version === version || row.name === name;
}

/**
 * Whether a chapter without a row was applied, by the objects that it creates. A chapter that creates nothing
 * was applied if the next one was. After the last chapter with objects it is applied again, which does no harm.
 */
function withoutRow(chapter: Chapter, chapters: Chapter[], there: Set<string>): Finding {
  const { objects = [] } = chapters.slice(chapters.indexOf(chapter))
    .find(({ objects }) => objects.length > 0) ?? {};
  return lacking(chapter, objects, there);
}

/** A migration that has no row, judged by these objects. */
function lacking(migration: Chapter, objects: readonly string[], there: Set<string>): Finding {
  const { name } = migration;
  const found = objects.filter((object) => there.has(object)).length;
  if (found === 0) {
    return { code: "migration_missing", about: name, plan: `apply ${name}.sql` };
  }
  if (found === objects.length || migration.objects.length === 0) {
    return {
      code: "migration_unrecorded",
      about: name,
      known: [{ version: migration.version }],
      plan: `record ${name} as applied`,
    };
  }
  return {
    code: "migration_incomplete",
    about: `${name}: ${found} of its ${objects.length} objects are there`,
  };
}

async function readChapters(folder: URL): Promise<Chapter[]> {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  const files = names.filter((name) => name.endsWith(".sql")).sort();
  return await Promise.all(files.map(async (file) => {
    const text = await Deno.readTextFile(new URL(file, folder));
    return { ...namedFile(new URL(file, folder)), objects: await createdObjects(text, file) };
  }));
}

/** The version of a migration, and its name without its ending. */
function namedFile(url: URL): Pick<Chapter, "version" | "name"> {
  const name = basename(fileURLToPath(url), ".sql");
  return { version: name.slice(0, 14), name };
}

async function readRows(dbUrl: string): Promise<Row[]> {
  const [history] = await ask(
    dbUrl,
    "select to_regclass('supabase_migrations.schema_migrations') as it",
  );
  if (history?.it === null) return [];
  return await ask(
    dbUrl,
    `select version, name, array_to_string(statements, ';') ~
       'create (or replace )?(table|view|type|function) (sesame\\.|\\w+\\.sesame_)' as makes_ours
     from supabase_migrations.schema_migrations order by version`,
  ) as unknown as Row[];
}
