/**
 * The tools that the gates hold the project against, each in the one version written here.
 *
 * They come from npm into a cache of their own and not through the import map: Deno cannot resolve
 * the optional packages of the CLI, and nobody who only runs the tests should have to fetch them.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** The CLI that deploys: https://supabase.com/docs/guides/local-development/cli */
export const SUPABASE_CLI = { name: "supabase", version: "3.1.0" };

/** What the hosted edge runtime is compatible with: https://github.com/supabase/edge-runtime */
export const HOSTED_DENO = { name: "deno", version: "2.1.4" };

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/gates/", import.meta.url));

/** Installs a tool where it is not there yet, and says where its program is. */
export async function npmTool({ name, version }: typeof SUPABASE_CLI): Promise<string> {
  const folder = `${CACHE}${name}@${version}`;
  const program = `${folder}/node_modules/.bin/${name}`;
  if (!await exists(program)) await install(`${name}@${version}`, folder);
  return program;
}

async function install(tool: string, folder: string): Promise<void> {
  await Deno.mkdir(CACHE, { recursive: true });
  const draft = await Deno.makeTempDir({ dir: CACHE });
  const npm = new Deno.Command("npm", {
    args: ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", draft, tool],
  });
  const { success, stderr } = await npm.output();
  if (!success) throw new Error(`npm install ${tool}: ${new TextDecoder().decode(stderr)}`);
  // Whole or not at all; where another run was faster, its copy is as good.
  await Deno.rename(draft, folder).catch(() => Deno.remove(draft, { recursive: true }));
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
