/** What `add` says: its plan, what stands in its way, and what comes next. */

import { IS_PACKAGE } from "../../diagnosis/edition.ts";
import { task } from "../../diagnosis/task_command.ts";
import { changeAsJson, changesInWords } from "../project/changes.ts";
import { CONFIG } from "../project/config_block.ts";
import { type Manifest, type MoveIn, schemaOf } from "../project/manifest.ts";
import { PUBLIC } from "../project/schema_name.ts";
import { slugsIn } from "../project/vendored.ts";
import { VERSION } from "../version.ts";
import type { UserProject } from "../project/user_project.ts";
import type { AddPlan } from "./plan.ts";

export function planInWords(
  { manifest, changes, moves, removal }: AddPlan,
  project: UserProject,
): string[] {
  const block = manifest.blocks[CONFIG]?.inserted.trim().split("\n") ?? [];
  const isConfigChanged = changes.some(({ path }) => path === CONFIG);
  const entry = manifest.blocks[CONFIG]?.entry;
  return [
    `Sesame ${VERSION} would be written to ${project.folder}${
      project.exists ? "" : ", a new folder"
    }:`,
    ...changesInWords(changes),
    "  + supabase/sesame.json",
    ...isConfigChanged ? [`At the end of supabase/${CONFIG}:`, ...block.map(indented)] : [],
    ...isConfigChanged && entry !== undefined
      ? [`In schemas of [api] in supabase/${CONFIG}:`, indented(entry.replace(/^[,\s]+/, ""))]
      : [],
    ...manifest.options.takesOver ? TAKEOVER : [createsInWords(schemaOf(manifest.options))],
    ...movesInWords(manifest.options.moveIn, moves),
    "Nothing else in your project changes, and no database is touched.",
    ...removal === null ? [] : removalInWords(removal),
  ];
}

function removalInWords(removal: string): string[] {
  return [
    `supabase/migrations/${removal} stays before it. A database that has not run it yet loses its purchases at the`,
    "next push. If you want them back, do not add: restore the files from your repository's history.",
  ];
}

const TAKEOVER = [
  "This project has Sesame already, by migrations from a clone of Sesame. add takes it over:",
  "- Those migrations stay, or come, beside yours: your database remembers them.",
  "- The new migration changes nothing there. From now on, work here and not in the clone.",
];

function movesInWords(moveIn: MoveIn | undefined, moves: readonly string[]): string[] {
  if (moveIn === undefined) return [];
  const rows = moveIn === "now"
    ? "It then copies their rows."
    : `The command ${task("backfill")} copies their rows later.`;
  const some = "It moves your tables, views and functions with Sesame's names to schema legacy";
  if (moves.length > 0) return [`${some}, unchanged:`, ...moves.map(indented), rows];
  return [`${some}, unchanged. ${rows} With SUPABASE_DB_URL, add lists them.`];
}

function createsInWords(schema: string): string {
  return schema === PUBLIC
    ? "The migration creates schema sesame, and its own tables and functions in schema public."
    : `The migration creates the schemas sesame and ${schema}. It uses nothing of schema public.`;
}

export function editedInWords(edited: readonly string[]): string[] {
  return edited.map((path) => `supabase/${path} was changed by hand, and stays as it is.`);
}

export function clashesInWords(clashes: readonly string[]): string[] {
  return [
    "Sesame cannot be added here yet. Nothing was changed.",
    ...clashes.flatMap((line) => `- ${line}`.split("\n")),
    "Do what each line says, and run it again.",
  ];
}

export function nextInWords({ manifest }: AddPlan): string[] {
  return [
    `Sesame ${manifest.version} was added. Commit the files.`,
    ...IS_PACKAGE ? FROM_HERE : fromElsewhere(manifest),
    ...exposeInWords(schemaOf(manifest.options)),
    "supabase/functions/.env.example names the secrets that the functions need.",
  ];
}

/** The Data API fails as a whole while it is to serve a schema that does not exist. So the push comes first. */
function exposeInWords(schema: string): string[] {
  if (schema === PUBLIC) return [];
  return [
    `After the push, add ${schema} to the exposed schemas: in the Dashboard, Settings, Data API.`,
    "Your code names the schema too:",
    `  createClient(url, key, { db: { schema: "${schema}" } })`,
  ];
}

/** The package's commands work in the project in which they run. */
const FROM_HERE = [
  "This runs it on your machine, with your app:",
  `  ${task("dev")}`,
  "This pushes it to your hosted project, deploys it, and sets up Stripe. --dry-run only shows how:",
  `  ${task("setup")} --ref <project> --site <address> --env-file setup.env --dry-run`,
];

/** A clone's commands work in the clone. Named functions only: without names the CLI deploys the app's as well. */
function fromElsewhere({ files, options }: Manifest): string[] {
  const setup = [
    "The endpoint at Stripe and the secrets are set up by this command:",
    `  ${task("setup")} --ref <project> --site <address> --env-file setup.env`,
  ];
  return [
    "Then, in your project, for the project that is linked there:",
    "  npx supabase@3.1.0 db push",
    `  npx supabase@3.1.0 functions deploy ${slugsIn(files).join(" ")} --use-api`,
    // From here it would deploy our functions under their own names.
    ...options.functionsPrefix === "" ? setup : [],
  ];
}

export function planAsJson(
  { manifest, changes, edited, clashes, moves, removal }: AddPlan,
  dryRun: boolean,
) {
  return {
    dryRun,
    version: manifest.version,
    migration: manifest.migration,
    changed: !dryRun && changes.length > 0,
    changes: changes.map(changeAsJson),
    edited: edited.map((path) => `supabase/${path}`),
    clashes,
    moves,
    removal,
  };
}

function indented(line: string): string {
  return `    ${line}`;
}
