/** Helpers for the tests of `add`, `status` and `remove`: a user's project in a temporary folder. */

import { dirname, join } from "node:path";
import { appendBlock, type WithBlock } from "./block.ts";
import { blockLines, checkTables, type WithEntry, withSchema } from "./config_block.ts";
import { PUBLIC } from "./schema_name.ts";
import type { UserProject } from "./user_project.ts";

export interface TestProject extends UserProject, AsyncDisposable {
  root: string;
  /** Paths are below the root. */
  write(files: Record<string, string>): Promise<void>;
  read(path: string): Promise<string>;
  /** Every file with its text, and every folder, whose path ends with a slash. */
  snapshot(): Promise<Record<string, string>>;
}

/** Makes a project of these files. Its path has spaces and an accent. */
export async function makeUserProject(files: Record<string, string> = {}): Promise<TestProject> {
  const parent = await Deno.makeTempDir({ prefix: "sesame-user-" });
  const root = join(parent, "L'école de Zoé");
  await Deno.mkdir(root);
  const project: TestProject = {
    root,
    folder: join(root, "supabase"),
    exists: Object.keys(files).some((path) => path.startsWith("supabase/")),
    async write(files) {
      for (const [path, text] of Object.entries(files)) {
        await Deno.mkdir(dirname(join(root, path)), { recursive: true });
        await Deno.writeTextFile(join(root, path), text);
      }
    },
    read: (path) => Deno.readTextFile(join(root, path)),
    snapshot: () => readTree(root),
    [Symbol.asyncDispose]: () => Deno.remove(parent, { recursive: true }),
  };
  await project.write(files);
  return project;
}

/** Every file below a folder with its text, and every folder, whose path ends with a slash. */
export async function readTree(root: string): Promise<Record<string, string>> {
  return Object.fromEntries(await entriesOf(root, ""));
}

async function entriesOf(root: string, path: string): Promise<[string, string][]> {
  const entries = (await Array.fromAsync(Deno.readDir(join(root, path))))
    .sort((a, b) => a.name < b.name ? -1 : 1);
  const found = await Promise.all(entries.map(async ({ name, isDirectory }) => {
    const inner = `${path}${name}`;
    if (!isDirectory) {
      return [[inner, await Deno.readTextFile(join(root, inner))]] as [string, string][];
    }
    return [[`${inner}/`, ""] as [string, string], ...await entriesOf(root, `${inner}/`)];
  }));
  return found.flat();
}

const CONFIG_OF_INIT = `# For detailed configuration reference documentation, visit:
# https://supabase.com/docs/guides/local-development/cli/config
project_id = "school" # mine

[api]
enabled = true
schemas = ["public", "graphql_public"] 

[functions.hello]
# My own choice.
verify_jwt   =   true

[edge_runtime]
policy = "per_worker"

[analytics]
enabled = true
# The end.
`;

/** An app with migrations before and after the book's dates, and functions with a module and a map of their own. */
export const APP: Record<string, string> = {
  "package.json": '{ "name": "school" }\n',
  "supabase/config.toml": CONFIG_OF_INIT,
  "supabase/migrations/2025_short.sql": "create table public.short (id int primary key);\n",
  "supabase/migrations/20250301090000_lessons.sql":
    "create table public.lessons (id bigint primary key);\ncreate table modules_of_lessons ();\n",
  "supabase/migrations/20991231235959_likes.sql":
    "create table public.likes (id int primary key);\n",
  "supabase/functions/import_map.json": '{ "imports": { "stripe": "npm:stripe@17.0.0" } }\n',
  "supabase/functions/_shared/cors.ts": "export const cors = {};\n",
  "supabase/functions/hello/index.ts":
    'import { cors } from "../_shared/cors.ts";\nexport default { fetch: () => new Response("", { headers: cors }) };\n',
  "supabase/functions/.env.example": "# mine\nSTRIPE_SECRET_KEY=",
  "supabase/seed.sql": "select 1;\n",
};

/** Projects that Sesame can be added to. */
export const KINDS: Record<string, Record<string, string>> = {
  "an empty folder": {},
  "a fresh supabase init": {
    "supabase/config.toml": CONFIG_OF_INIT,
    "supabase/.gitignore": "# Supabase\n.branches\n.temp\n",
  },
  "an app with migrations and functions of its own": APP,
  "an app with Windows line ends": Object.fromEntries(
    Object.entries(APP).map(([path, text]) => [path, text.replaceAll("\n", "\r\n")]),
  ),
  "a project without a configuration": {
    "supabase/migrations/20250301090000_lessons.sql":
      "create table public.lessons (id bigint primary key);\n",
  },
};

/** A configuration to which our tables and this schema were added. */
export function addToConfig(text: string, schema = PUBLIC): WithBlock & WithEntry {
  const exposed = withSchema(text, schema);
  const lines = blockLines(exposed.text, ["checkout"], schema);
  const patched = appendBlock(exposed.text, lines);
  checkTables(exposed.text, patched.text, lines);
  return { ...exposed, ...patched };
}
