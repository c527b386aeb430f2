/**
 * A Supabase project of an existing app: a folder of migrations, to which ours can be added.
 *
 * @module
 */

import { type CliResult, supabase } from "./supabase_cli.ts";

export interface AppProject extends AsyncDisposable {
  /** Adds a migration of the app's own; its name begins with its version. */
  write(name: string, sql: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Adds our migrations. `moveIn` is the first one's setting for old tables. */
  addSesame(moveIn?: "now" | "later"): Promise<void>;
  /** `supabase db push` of all that the history does not have. */
  push(dbUrl: string): Promise<CliResult>;
}

const OURS = new URL("../../supabase/migrations/", import.meta.url);

export async function makeApp(migrations: Record<string, string> = {}): Promise<AppProject> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-app-" });
  const path = (name: string) => `${folder}/supabase/migrations/${name}.sql`;
  await Deno.mkdir(`${folder}/supabase/migrations`, { recursive: true });
  await Deno.writeTextFile(`${folder}/supabase/config.toml`, 'project_id = "app"\n');
  const app: AppProject = {
    write: (name, sql) => Deno.writeTextFile(path(name), sql),
    remove: (name) => Deno.remove(path(name)),
    async addSesame(moveIn) {
      const names = (await Array.fromAsync(Deno.readDir(OURS))).map(({ name }) => name).sort();
      for (const [n, name] of names.entries()) {
        const head = n === 0 && moveIn !== undefined
          ? `set local sesame.move_in = '${moveIn}';\n`
          : "";
        const text = await Deno.readTextFile(new URL(name, OURS));
        await Deno.writeTextFile(`${folder}/supabase/migrations/${name}`, head + text);
      }
    },
    push: (dbUrl) => supabase(["db", "push", "--include-all", `--remote=${dbUrl}`], {}, folder),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  for (const [name, sql] of Object.entries(migrations)) await app.write(name, sql);
  return app;
}
