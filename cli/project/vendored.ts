/**
 * Our functions as files of a user's project: their code below `functions/_sesame/`, and one thin folder for each.
 *
 * The CLI deploys folders whose name begins with a letter, so it never takes `_sesame` for a function.
 *
 * @module
 */

import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { discoverFunctions } from "../../local/functions.ts";
import { VERSION } from "../version.ts";
import type { AddOptions } from "./manifest.ts";
import { PUBLIC } from "./schema_name.ts";

const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url);
const LICENCE = new URL("../../LICENSE", import.meta.url);

/** The folder of the vendored code, below `supabase/`. */
export const VENDOR = "functions/_sesame";

/** The names of our functions. */
export function ourFunctions(): Promise<string[]> {
  return discoverFunctions(FUNCTIONS);
}

/** The names that they have in a project with this prefix. */
export async function slugsWith(prefix: string): Promise<string[]> {
  return (await ourFunctions()).map((name) => prefix + name);
}

/** The names under which functions are deployed, from the paths of our files, without those that are left out. */
export function slugsIn(files: Record<string, string>, without: readonly string[] = []): string[] {
  return Object.keys(files)
    .filter((path) => path.endsWith("/index.ts") && !path.startsWith(`${VENDOR}/`))
    .filter((path) => !without.includes(path))
    .map((path) => path.split("/")[1] ?? "");
}

/** Every file, by its path below `supabase/`. */
export async function vendoredFiles(
  { functionsPrefix: prefix, schema = PUBLIC }: AddOptions,
): Promise<Map<string, string>> {
  const names = await ourFunctions();
  const imports = await Deno.readTextFile(new URL("deno.json", FUNCTIONS));
  const code = await Promise.all((await codeFiles(fileURLToPath(FUNCTIONS))).map(
    async (path): Promise<[string, string]> => {
      const text = await Deno.readTextFile(new URL(path, FUNCTIONS));
      return [`${VENDOR}/${path}`, codeInSchema(path, withPrefix(text, names, prefix), schema)];
    },
  ));
  const thin = names.flatMap((name): [string, string][] => [
    [`functions/${prefix}${name}/index.ts`, entrypoint(name)],
    [`functions/${prefix}${name}/deno.json`, imports],
  ]);
  const licence: [string, string] = [`${VENDOR}/LICENSE`, await Deno.readTextFile(LICENCE)];
  return new Map([...thin, licence, ...code]);
}

/** SQL and code name a function by the path of its URL. With a prefix, that path is another one. */
export function withPrefix(text: string, names: readonly string[], prefix: string): string {
  if (prefix === "") return text;
  const paths = new RegExp(`/functions/v1/(?=(?:${names.join("|")})\\b)`, "g");
  return text.replaceAll(paths, (path) => path + prefix);
}

/** The file that says in which schema the functions find Sesame. */
export const SCHEMA_FILE = "_shared/exposed_schema.ts";

/** A file of the functions' code, for this exposed schema. */
export function codeInSchema(path: string, text: string, schema: string): string {
  return path === SCHEMA_FILE ? text.replace(`"${PUBLIC}"`, `"${schema}"`) : text;
}

function entrypoint(name: string): string {
  return `// Sesame ${VERSION}. Sesame wrote this file and ../_sesame: do not edit them.\n` +
    `export { default } from "../_sesame/${name}/index.ts";\n`;
}

/** Tests, what only tests use, and the types for a site. */
const NOT_DEPLOYED = /_test\.ts$|^testing\w*\.ts$|^database\.types\.ts$/;

/** The paths of the code, without what no function imports. */
async function codeFiles(folder: string, root = folder): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const found = await Promise.all(entries.map(({ name, isDirectory }) => {
    const path = `${folder.replace(/[/\\]$/, "")}/${name}`;
    if (isDirectory) return codeFiles(path, root);
    return name.endsWith(".ts") && !NOT_DEPLOYED.test(name)
      ? [relative(root, path).replaceAll(sep, "/")]
      : [];
  }));
  return found.flat().sort();
}
