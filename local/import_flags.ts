/** With which flags Deno finds the imports of a function, chosen in the order of the Supabase CLI. */

import { fileURLToPath } from "node:url";
import { configFlags, isFile, isOurs } from "./places.ts";

/**
 * The map that `config.toml` names, then `deno.json` or `deno.jsonc` beside the function, then the one for all
 * functions, `functions/import_map.json`. `importMap` is the first of them, below `supabase/`.
 */
export function importFlags(project: URL, name: string, importMap: string | null): string[] {
  const functions = new URL("functions/", project);
  const folder = new URL(`${name}/`, functions);
  const map = importMap === null ? foundBeside(folder, functions) : new URL(importMap, project);
  return map === null || isOurs(folder) ? configFlags(folder, functions) : flagsFor(map);
}

/** Hosted functions have no lock file. */
function flagsFor(map: URL): string[] {
  const path = fileURLToPath(map);
  const isConfig = /\/deno\.jsonc?$/.test(map.pathname);
  return [...isConfig ? ["--config", path] : ["--no-config", "--import-map", path], "--no-lock"];
}

function foundBeside(folder: URL, functions: URL): URL | null {
  const own = ["deno.json", "deno.jsonc"].map((name) => new URL(name, folder));
  const shared = new URL("import_map.json", functions);
  return [...own, shared].find(isFile) ?? null;
}
