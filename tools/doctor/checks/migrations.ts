import { applyMigrations } from "../../../local/migrations.ts";
import { ask, readHistory } from "../../catalogue/catalogue.ts";
import { type Check, DATABASE, type Finding } from "../check.ts";

export const migrations: Check = {
  title: "every migration is applied, and none that is not here",
  needs: [DATABASE],
  async look({ dbUrl, migrations }) {
    const [here, there] = await Promise.all([filesIn(migrations), historyOf(dbUrl ?? "")]);
    return [
      ...here.filter((name) => !there.includes(name)).map((name): Finding => ({
        code: "migration_missing",
        about: name,
        plan: `apply ${name}.sql`,
      })),
      ...there.filter((name) => !here.includes(name)).map((name): Finding => ({
        code: "migration_unknown",
        about: name,
      })),
    ];
  },
  async mend({ dbUrl, migrations }) {
    const applied = await applyMigrations(dbUrl ?? "", migrations);
    return applied.map((version) => `applied migration ${version}`);
  },
};

async function historyOf(dbUrl: string): Promise<string[]> {
  const [row] = await ask(
    dbUrl,
    "select to_regclass('supabase_migrations.schema_migrations') as it",
  );
  return row?.it === null ? [] : await readHistory(dbUrl);
}

async function filesIn(folder: URL): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(folder));
  return files.map(({ name }) => name).filter((name) => name.endsWith(".sql"))
    .map((name) => name.replace(/\.sql$/, "")).sort();
}
