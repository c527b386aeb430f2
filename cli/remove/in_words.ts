/** What `remove` says: its plan, what stays in the project, and what stays elsewhere. */

import { task } from "../../diagnosis/task_command.ts";
import { type Change, changeAsJson, changesInWords } from "../project/changes.ts";
import { CONFIG } from "../project/config_block.ts";
import { migrationsOf, schemaOf } from "../project/manifest.ts";
import { PUBLIC } from "../project/schema_name.ts";
import { slugsIn } from "../project/vendored.ts";
import type { DatabaseFindings } from "./database.ts";
import type { RemovalPlan } from "./plan.ts";

export function planInWords(
  { manifest, changes, removal, keepsData }: RemovalPlan,
  folder: string,
): string[] {
  return [
    `Sesame ${manifest.version} would be removed from ${folder}:`,
    ...changesInWords(changes),
    "  - supabase/sesame.json",
    ...changes.some((change) => isEmptied(change, removal)) ? [EMPTIED] : [],
    ...removal === null ? [] : dataInWords(keepsData),
  ];
}

const EMPTIED =
  "Sesame's migrations that none of yours follows become empty. A database that has them does not notice.";

function isEmptied({ path, before }: Change, removal: string | null): boolean {
  return path.startsWith("migrations/") && path !== `migrations/${removal}` && before !== null;
}

function dataInWords(keepsData: boolean): string[] {
  const data = keepsData
    ? "It copies all rows into schema sesame_archive first."
    : "It drops the rows too: who bought what, and access given by hand. --keep-data keeps them.";
  return [
    `The new migration drops Sesame's own objects when you push it. ${data}`,
    "It changes nothing while an object of yours depends on one of Sesame's.",
  ];
}

export function editedInWords(edited: readonly string[]): string[] {
  if (edited.length === 0) return [];
  return [
    "You changed these, so they stay. Take out what you no longer need:",
    ...edited.map((path) => `  supabase/${path}`),
    ...edited.includes(CONFIG) ? [`Until our lines are out of ${CONFIG}, a deployment fails.`] : [],
  ];
}

/** What the database has beside Sesame's own objects. */
export function databaseInWords(database: DatabaseFindings | null): string[] {
  if (database === null) return [];
  const { inTheWay, goAlong } = database;
  return [
    ...listed(
      "These stand in the way. Change them first, or the push stops with this list:",
      inTheWay,
    ),
    ...listed(
      "These are yours, on tables of Sesame's or in schema sesame. They go with them:",
      goAlong,
    ),
  ];
}

/** What the removal does not end, and how the user ends it. */
export function staysInWords(
  { manifest, edited, removal }: RemovalPlan,
  database: DatabaseFindings | null,
): string[] {
  if (removal === null) return [];
  return [
    "These stay until you end them:",
    ...ELSEWHERE,
    ...manifest.options.moveIn === undefined ? [] : [OLD_TABLES],
    ...database?.stays.map((line) => `- ${line}`) ?? [],
    ...manifest.options.takesOver ? [CHAPTERS] : [],
    ...migrationsOf(manifest).map((name) =>
      `- supabase/migrations/${name}: databases remember it, so the file stays.`
    ),
    ...edited.length === 0 ? [] : ["- The files that you changed, as listed above."],
  ];
}

/** The Data API fails as a whole while it is to serve a schema that does not exist. */
function schemaInWords(schema: string): string[] {
  if (schema === PUBLIC) return [];
  return [
    `  First take ${schema} out of the exposed schemas: in the Dashboard, Settings, Data API.`,
    "  Without this step the Data API would no longer answer after the push.",
  ];
}

const ELSEWHERE = [
  "- At Stripe: subscriptions go on and customers pay. Cancel them there if you stop selling.",
  "- At Stripe: the webhook endpoint of this project, under Developers, Webhooks. Delete it after the functions.",
  "- Secrets of the project: STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, SITE_URL, MODULE_TOKEN_KEYS and SESAME_DB_URL.",
  "  Your own functions may read the first three. `npx supabase@3.1.0 secrets unset <name>` ends one.",
  "- In the vault of the database, where you scheduled reconcile: sesame_url and sesame_key.",
];

const CHAPTERS =
  "- supabase/migrations/20261121…: databases remember these from a clone, so the files stay.";

const OLD_TABLES =
  "- Your old tables in schema legacy, as they were on the day of the move. To have them back in their place, run " +
  `${task("backfill --undo")} before you push the removal.`;

/** A function that the user changed is theirs now, so nothing here deletes it. */
export function nextInWords({ manifest, edited, removal }: RemovalPlan): string[] {
  if (removal === null) return ["Sesame was removed. No database had it."];
  return [
    "Sesame was removed from the files. Commit them. Then, for your linked project:",
    ...schemaInWords(schemaOf(manifest.options)),
    "  npx supabase@3.1.0 db push",
    ...slugsIn(manifest.files, edited).map((slug) =>
      `  npx supabase@3.1.0 functions delete ${slug}`
    ),
  ];
}

function listed(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

export function planAsJson(
  { manifest, changes, edited, removal }: RemovalPlan,
  database: DatabaseFindings | null,
  dryRun: boolean,
) {
  return {
    dryRun,
    version: manifest.version,
    migration: removal,
    changed: !dryRun,
    changes: changes.map(changeAsJson),
    edited: edited.map((path) => `supabase/${path}`),
    database,
  };
}
