/**
 * The project of a command, and its secrets. They come from the environment or from the file of `--env-file`. If
 * neither names a project, the command uses the local stack.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { LOCAL_ENV, type LocalEnv, readLocalEnv } from "../local/local_env.ts";
import { PROJECT } from "../local/places.ts";
import { printError, UserError } from "../local/terminal.ts";
import { entriesOf, optional, type Source } from "../supabase/functions/_shared/env.ts";
import { readManifest, schemaOf } from "./project/manifest.ts";
import { PUBLIC, readSchemaName } from "./project/schema_name.ts";
import { oldNameHint, takenOver, withOldNames } from "./old_names.ts";
import { quoted } from "../diagnosis/fill_command.ts";
import { task } from "../diagnosis/task_command.ts";
import { type FunctionsAddress, readFunctionsPrefix } from "./project/function_url.ts";

/** Where each variable is found. */
const PLACES: Readonly<Record<string, string>> = {
  SUPABASE_URL:
    "https://<ref>.supabase.co, in Supabase's Dashboard under Project Settings, Data API",
  SUPABASE_SECRET_KEY: "sb_secret_…, in Supabase's Dashboard under Project Settings, API Keys",
  SUPABASE_DB_URL: "postgresql://…, in Supabase's Dashboard under Connect",
  STRIPE_SECRET_KEY: "sk_test_… or sk_live_…, in Stripe's Dashboard under Developers, API keys",
};

/** The variables that name a project. They belong together, so all of them come from one place. */
const OF_A_PROJECT: readonly string[] = [
  "SUPABASE_URL",
  "SUPABASE_SECRET_KEY",
  "SUPABASE_DB_URL",
];

export interface ProjectAddress extends FunctionsAddress {
  /** Without a slash at its end. */
  url: string;
  secretKey: string;
  /** The schema with Sesame's tables and functions. */
  schema: string;
  /** The database, as its owner; null: not given. */
  dbUrl: string | null;
  /** The secret that the endpoint signs with; null: not given. */
  webhookSecret: string | null;
}

/**
 * The environment, with the file's variables before its own.
 *
 * A file that names a project hides the project that the environment names: a database of one and a key of another
 * would be mixed up. In a file the names of an old site count as well, since the user chose that file. In the
 * environment they do not: they may belong to any site on the machine.
 */
export async function readEnvironment(
  file: string | undefined,
  environment: Source = (name) => Deno.env.get(name),
): Promise<Source> {
  if (file === undefined) return environment;
  const written = await readEnvFile(file);
  const asWritten: Source = (name) => optional((name) => written[name], name) ?? undefined;
  for (const [old, today] of takenOver(asWritten)) {
    printError(`${file} has ${old}. Sesame calls it ${today}, and uses the value for it.`);
  }
  const inFile = withOldNames(asWritten);
  const hidden = namesProject(inFile) ? OF_A_PROJECT : [];
  if (hidden.length === 0 && !namesProject(environment)) {
    const hints = hintsFor(OF_A_PROJECT, inFile);
    throw new UserError(`${file} names no project: add ${OF_A_PROJECT.join(", ")} to it${hints}`);
  }
  return (name) => inFile(name) ?? (hidden.includes(name) ? undefined : environment(name));
}

/** The environment of a command that needs no project: the file's variables before the environment's. */
export async function readVariables(
  file: string | undefined,
  environment: Source = (name) => Deno.env.get(name),
): Promise<Source> {
  if (file === undefined) return environment;
  const written = await readEnvFile(file);
  return (name) => written[name] ?? environment(name);
}

/** One line for all variables that are missing: their names, where to set them and where to find them. */
export function missing(names: readonly string[], source: Source): UserError {
  const verb = names.length === 1 ? "is missing: set it" : "are missing: set them";
  const places = names.map((name) => `${name} is ${PLACES[name]}.`).join(" ");
  return new UserError(
    `${names.join(" and ")} ${verb} in the environment, or in a file named with --env-file. ` +
      places + hintsFor(names, source).replace(/^\./, ""),
  );
}

/** A sentence for each variable that is set under an old name, for the end of an error. */
function hintsFor(names: readonly string[], source: Source): string {
  return names.map((name) => oldNameHint(name, source)).filter((hint) => hint !== "")
    .map((hint) => `. ${hint[0]?.toUpperCase()}${hint.slice(1)}`).join("");
}

function namesProject(source: Source): boolean {
  return OF_A_PROJECT.some((name) => optional(source, name) !== null);
}

/** The variables of a file. */
export async function readEnvFile(file: string): Promise<Record<string, string>> {
  const text = await Deno.readTextFile(file).catch(() => {
    throw new UserError(`${file} cannot be read`);
  });
  await warnWhereOthersRead(file);
  return Object.fromEntries(
    Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? ""]),
  );
}

async function warnWhereOthersRead(file: string): Promise<void> {
  const { mode } = await Deno.stat(file); // null on Windows, which has no such bits
  if (((mode ?? 0) & 0o077) === 0) return;
  printError(`Other users of this machine may read ${file}: run chmod 600 ${quoted(file)}`);
}

/**
 * The address of the database; null: none is given.
 *
 * @throws UserError if it is no address of a Postgres. It may hold a password, so it is not repeated.
 */
export function databaseUrlOf(source: Source): string | null {
  const text = optional(source, "SUPABASE_DB_URL");
  if (text === null) return null;
  if (URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)) return text;
  throw new UserError(
    `SUPABASE_DB_URL is not valid: it is ${PLACES.SUPABASE_DB_URL}. In its password, write # as %23, / as %2F, ` +
      "? as %3F and @ as %40.",
  );
}

/** The project that the environment names, otherwise the stack that runs here; `url` is the value of `--url`. */
export async function readAddress(source: Source, url?: string): Promise<ProjectAddress> {
  const given: Source = (name) => name === "SUPABASE_URL" && url !== undefined ? url : source(name);
  const [base, secretKey] = [
    optional(given, "SUPABASE_URL"),
    optional(given, "SUPABASE_SECRET_KEY"),
  ];
  const dbUrl = databaseUrlOf(source);
  const schema = await readSchema(source);
  if (base === null && secretKey === null && dbUrl === null) {
    return { ...await readLocalAddress(source), schema };
  }
  if (base === null || secretKey === null) {
    throw missing(
      ["SUPABASE_URL", "SUPABASE_SECRET_KEY"].filter((name) => optional(given, name) === null),
      source,
    );
  }
  return {
    ...addressesAt(base),
    functionsPrefix: await readFunctionsPrefix(),
    secretKey,
    schema,
    dbUrl,
    webhookSecret: entriesOf(optional(source, "STRIPE_WEBHOOK_SECRET") ?? "")[0] || null,
  };
}

/** The schema that was named; otherwise that of the project in which the command runs. */
export async function readSchema(source: Source): Promise<string> {
  const named = optional(source, "SESAME_SCHEMA");
  if (named !== null) return readSchemaName(named, "SESAME_SCHEMA");
  return await projectSchema();
}

/** The schema of the project in which the command runs, as it was added. */
export async function projectSchema(): Promise<string> {
  const manifest = await readManifest(fileURLToPath(PROJECT));
  return manifest === null ? PUBLIC : schemaOf(manifest.options);
}

function addressesAt(base: string): Pick<ProjectAddress, "url" | "functionsUrl"> {
  const url = base.replace(/\/+$/, "");
  return { url, functionsUrl: `${url}/functions/v1` };
}

/** The database that the environment names, otherwise that of the stack that runs here. */
export async function readDatabaseUrl(source: Source): Promise<string> {
  const dbUrl = databaseUrlOf(source);
  if (dbUrl !== null) return dbUrl;
  if (namesProject(source)) throw missing(["SUPABASE_DB_URL"], source);
  return (await readRunningStack(source, ["SUPABASE_DB_URL"])).DB_URL;
}

/** If no stack runs, the user may have meant a project, so the error says how to name one with these variables. */
async function readRunningStack(source: Source, names: readonly string[]): Promise<LocalEnv> {
  try {
    return await readLocalEnv(LOCAL_ENV);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `No stack runs on this machine (${task("dev")} starts one), and no project is named. ` +
        missing(names, source).message,
    );
  }
}

async function readLocalAddress(source: Source): Promise<Omit<ProjectAddress, "schema">> {
  const local = await readRunningStack(source, ["SUPABASE_URL", "SUPABASE_SECRET_KEY"]);
  return {
    url: local.API_URL,
    functionsUrl: local.FUNCTIONS_URL,
    functionsPrefix: local.FUNCTIONS_PREFIX ?? "",
    secretKey: local.SECRET_KEY,
    dbUrl: local.DB_URL,
    webhookSecret: local.STRIPE_WEBHOOK_SECRET,
  };
}
