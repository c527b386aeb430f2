/** A copy of our project for another exposed schema, as `add --schema` writes it. */

import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readBook } from "../../cli/project/release.ts";
import { inSchema } from "../../cli/project/schema_name.ts";
import { codeInSchema } from "../../cli/project/vendored.ts";

const SUPABASE = fileURLToPath(new URL("../../supabase/", import.meta.url));

/** The copy's `supabase/`, with its last slash. Disposing removes it. */
export async function projectInSchema(schema: string): Promise<{ url: URL } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-schema-" });
  for (const { name, text } of await readBook(schema)) {
    await write(join(folder, "migrations", name), text);
  }
  for (const path of await filesBelow("functions")) {
    const text = await Deno.readTextFile(join(SUPABASE, path));
    await write(join(folder, path), codeInSchema(path.slice("functions/".length), text, schema));
  }
  const [seed, config] = await Promise.all(
    ["seed.sql", "config.toml"].map((name) => Deno.readTextFile(join(SUPABASE, name))),
  );
  await write(join(folder, "seed.sql"), inSchema(seed ?? "", schema));
  await write(
    join(folder, "config.toml"),
    (config ?? "").replace('schemas = ["public"]', `schemas = ["public", "${schema}"]`),
  );
  return {
    url: pathToFileURL(`${folder}/`),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(join(SUPABASE, folder)));
  const found = entries.map(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
  );
  return (await Promise.all(found)).flat();
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}
