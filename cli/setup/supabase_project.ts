/** The Supabase project, through the CLI. */

import { dirname, join } from "node:path";
import { UserError } from "../../local/terminal.ts";
import { withVariable, writeWhole } from "../keys/env_file.ts";
import { readManifest } from "../project/manifest.ts";
import { migrationNames } from "../project/migrations.ts";
import type { AddedProject } from "./added_project.ts";
import type { Cli } from "./cli.ts";
import { compareHistory, type HistoryRow, type OwnMigrations } from "./own_migrations.ts";
import { migrationText, type MoveIn, versionsOfTheProject, withPushFolder } from "./push_folder.ts";
import { chapterNames } from "../project/release.ts";
import { readRehearsal, rehearsalOf, type Rehearsed } from "./rehearsal.ts";
import type { Held } from "./secrets.ts";

export interface SupabaseProject {
  /** The secrets of its functions. Throws if the logged-in user may not see them. */
  secrets(): Promise<Held>;
  /** The plan of a push. */
  database(moveIn: MoveIn | null): Promise<DatabasePlan>;
  /** The migrations of the user's own project; null: setup does not work in one. */
  ownMigrations: (() => Promise<OwnMigrations>) | null;
  push(moveIn: MoveIn | null): Promise<void>;
  /** The names of the functions that are deployed. */
  functions(): Promise<string[]>;
  /** The source of a function; null if Supabase does not give it. */
  source(name: string): Promise<string | null>;
  /** Deploys these functions, and no others. */
  deploy(names: readonly string[]): Promise<void>;
  set(secrets: Record<string, string>): Promise<void>;
  /** The key that opens its Data API. */
  secretKey(): Promise<string>;
}

export interface DatabasePlan {
  /** Files of ours that a push would apply. */
  missing: string[];
  /** Versions in the history that are not ours. */
  foreign: string[];
  /** What the first migration says about the database; null if it is applied already. */
  rehearsed: Rehearsed | null;
}

/**
 * `draft` is a file that exists only while secrets are being set: on a command line others could read
 * them. It is the owner's alone. With `added` the CLI works in that project.
 */
export function supabaseProject(
  ref: string,
  cli: Cli,
  draft: string,
  added: AddedProject | null = null,
): SupabaseProject {
  // Never the linked project.
  const on = (words: string[]) => cli([...words, `--remote=${ref}`]);
  const read = async (words: string[]) => parsed(await on(words));

  const historyRows = async (): Promise<HistoryRow[]> => {
    const list = await read(["migration", "list", ...AS_JSON]) as { migrations: HistoryRow[] };
    return list.migrations;
  };
  /** The versions that are applied there. */
  const history = async (): Promise<string[]> => {
    const migrations = await historyRows();
    const versions = migrations.map(({ remote }) => remote).filter((version) => version !== "");
    const odd = versions.find((version) => !/^\d+$/.test(version));
    if (odd === undefined) return versions;
    throw new UserError(
      `the project's migration history has the version "${odd}": the CLI pushes to no project that has ` +
        "a version other than digits",
    );
  };
  const push = (versions: string[], moveIn: MoveIn | null, words: string[]) =>
    withPushFolder(
      versions,
      moveIn,
      (folder) => read(["db", "push", ...words, "--include-all", "--workdir", folder, ...AS_JSON]),
    );

  return {
    secrets: async () => {
      const listed = await read(["secrets", "list", "-o", "json"]) as Secret[];
      return new Map(listed.map(({ name, value }) => [name, value]));
    },
    database: async (moveIn) => {
      const versions = await history();
      const { migrations: missing } = await push(versions, moveIn, ["--dry-run"]) as Pushed;
      const [first = ""] = await chapterNames();
      return {
        missing,
        foreign: await versionsOfTheProject(versions),
        rehearsed: missing.includes(first)
          ? await rehearse(on, await migrationText(first, moveIn))
          : null,
      };
    },
    ownMigrations: added === null
      ? null
      : async () => await planOwn(added, await historyRows(), on),
    push: async (moveIn) => {
      if (added === null) await push(await history(), moveIn, ["--yes"]);
      else await read(["db", "push", "--yes", "--include-all", ...AS_JSON]);
    },
    functions: async () => {
      const listed = await read(["functions", "list", "-o", "json"]) as { slug: string }[] | null;
      return (listed ?? []).map(({ slug }) => slug);
    },
    source: (name) => download(on, name),
    deploy: async (names) => void await on(["functions", "deploy", ...names, "--use-api", "--yes"]),
    set: async (secrets) => {
      try {
        await Deno.mkdir(dirname(draft), { recursive: true });
        await writeWhole(draft, textOf(secrets));
        await on(["secrets", "set", "--yes", "--env-file", draft]);
      } catch (error) {
        throw error instanceof UserError ? without(Object.values(secrets), error) : error;
      } finally {
        await Deno.remove(draft).catch(() => {});
      }
    },
    secretKey: async () =>
      chosenKey(await read(["projects", "api-keys", "--reveal", "-o", "json"]) as Key[]),
  };
}

const AS_JSON = ["--output-format", "json"];

interface Pushed {
  migrations: string[];
}

/** `value` is a digest. */
interface Secret {
  name: string;
  value: string;
}

interface Key {
  name: string;
  type?: string;
  api_key?: string;
}

/** Our migration is tried as far as its first chapter, which checks everything. */
async function planOwn(
  { folder }: AddedProject,
  rows: HistoryRow[],
  on: OnProject,
): Promise<OwnMigrations> {
  const compared = compareHistory(rows, await migrationNames(folder));
  const { migration = "" } = await readManifest(folder) ?? {};
  if (!compared.pending.includes(migration)) return { ...compared, rehearsed: null };
  const text = await Deno.readTextFile(join(folder, "migrations", migration));
  const [head = "", first = ""] = text.split(/^-- chapter: /m);
  return { ...compared, rehearsed: await rehearse(on, `${head}-- ${first}`) };
}

type OnProject = (words: string[]) => Promise<string>;

async function rehearse(on: OnProject, migration: string): Promise<Rehearsed> {
  const file = await Deno.makeTempFile({ prefix: "sesame-rehearsal-", suffix: ".sql" });
  try {
    await Deno.writeTextFile(file, rehearsalOf(migration));
    return readRehearsal(
      parsed(await on(["db", "query", "--yes", "--file", file, ...AS_JSON])) as [],
    );
  } catch (error) {
    if (error instanceof UserError) return { kind: "unknown", why: error.message };
    throw error;
  } finally {
    await Deno.remove(file);
  }
}

async function download(on: OnProject, name: string): Promise<string | null> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-function-" });
  try {
    await on(["functions", "download", name, "--use-api", "--workdir", folder]);
    return await textIn(folder);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All files below a folder, one after the other. */
async function textIn(folder: string): Promise<string> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const texts = entries.map(({ name, isDirectory }) =>
    (isDirectory ? textIn : Deno.readTextFile)(`${folder}/${name}`)
  );
  return (await Promise.all(texts)).join("\n");
}

/** The functions take the secret key named `default`, or else the legacy service_role key. */
function chosenKey(keys: Key[]): string {
  const secret = keys.filter(({ type }) => type === "secret");
  const key = secret.find(({ name }) => name === "default") ??
    keys.find(({ name }) => name === "service_role");
  if (key?.api_key !== undefined) return key.api_key;
  const names = secret.map(({ name }) => name).join(", ");
  throw new UserError(
    `the functions take the secret key named "default", and the project has ${names || "none"}: ` +
      "create it (Dashboard: Project Settings, API Keys)",
  );
}

/** The text is not quoted in the error: it may hold keys. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError("supabase answered something that is no JSON");
  }
}

/** Removes the secrets that the CLI may quote from the file. */
function without(values: string[], { message }: UserError): UserError {
  return new UserError(values.reduce((text, value) => text.replaceAll(value, "…"), message));
}

function textOf(secrets: Record<string, string>): string {
  return Object.entries(secrets).reduce(
    (text, [name, value]) => withVariable(text, name, value),
    "",
  );
}
