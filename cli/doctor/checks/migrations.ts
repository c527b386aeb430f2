import { applyMigrations, recordMigrations } from "../../../local/migrations.ts";
import { ask } from "../../catalogue/catalogue.ts";
import { createdObjects, readObjectNames } from "../../catalogue/created_objects.ts";
import { type Check, DATABASE, type Finding } from "../check.ts";

/** Judged by the objects that a migration creates: a project's history may lack rows, and has rows of its own. */
export const check: Check = {
  title: "every migration is applied, and the history says so",
  codes: ["migration_missing", "migration_unrecorded", "migration_incomplete", "migration_unknown"],
  needs: [DATABASE],
  async look({ dbUrl, migrations }) {
    const [chapters, history, there] = await Promise.all([
      readChapters(migrations),
      readRows(dbUrl ?? ""),
      readObjectNames(dbUrl ?? ""),
    ]);
    return [
      ...chapters.filter((chapter) => !history.some((row) => isRowOf(row, chapter)))
        .map((chapter) => withoutRow(chapter, chapters, there)),
      ...history.filter((row) => row.makes_ours && !chapters.some((it) => isRowOf(row, it)))
        .map(({ version, name }): Finding => ({
          code: "migration_unknown",
          about: `${version}_${name}`,
        })),
    ];
  },
  async fix({ dbUrl, migrations }, findings) {
    const versionsOf = (code: Finding["code"]) =>
      new Set(findings.filter((it) => it.code === code).map(({ about }) => about.slice(0, 14)));
    const recorded = await recordMigrations(
      dbUrl ?? "",
      migrations,
      versionsOf("migration_unrecorded"),
    );
    const applied = await applyMigrations(dbUrl ?? "", migrations, versionsOf("migration_missing"));
    return [
      ...recorded.map((version) => `recorded migration ${version} as applied`),
      ...applied.map((version) => `applied migration ${version}`),
    ];
  },
};

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
function isRowOf(row: Row, { version, name }: Chapter): boolean {
  return row.version === version || row.name === name;
}

/**
 * A chapter without a row, judged by what it makes. One that makes nothing has run where the next one has;
 * after the last that makes something it is applied again, which does no harm.
 */
function withoutRow(chapter: Chapter, chapters: Chapter[], there: Set<string>): Finding {
  const { name } = chapter;
  const { objects = [] } = chapters.slice(chapters.indexOf(chapter))
    .find(({ objects }) => objects.length > 0) ?? {};
  const found = objects.filter((object) => there.has(object)).length;
  if (found === 0) {
    return { code: "migration_missing", about: name, plan: `apply ${name}.sql` };
  }
  if (found === objects.length || chapter.objects.length === 0) {
    return {
      code: "migration_unrecorded",
      about: name,
      known: [{ version: chapter.version }],
      plan: `record ${name} as applied`,
    };
  }
  return {
    code: "migration_incomplete",
    about: `${name}: ${found} of its ${objects.length} objects are there`,
  };
}

async function readChapters(folder: URL): Promise<Chapter[]> {
  const files = await Array.fromAsync(Deno.readDir(folder));
  const names = files.map(({ name }) => name).filter((name) => name.endsWith(".sql")).sort();
  return await Promise.all(names.map(async (file) => ({
    version: file.slice(0, 14),
    name: file.replace(/\.sql$/, ""),
    objects: await createdObjects(await Deno.readTextFile(new URL(file, folder)), file),
  })));
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
       'create (or replace )?(table|view|type|function) (sesame\\.|public\\.sesame_)' as makes_ours
     from supabase_migrations.schema_migrations order by version`,
  ) as unknown as Row[];
}
