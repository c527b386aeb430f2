/**
 * The project that a command works on, and its secrets. They come from the environment, or from the file named with
 * `--env-file`; where neither names a project, it is the stack that runs here.
 *
 * @module
 */

import { parseEnv } from "node:util";
import { LOCAL_ENV, type LocalEnv, readLocalEnv } from "../local/local_env.ts";
import { complain, Complaint } from "../local/terminal.ts";
import { entriesOf, optional, type Source } from "../supabase/functions/_shared/env.ts";
import { oldNameHint, takenOver, withOldNames } from "./old_names.ts";
import { task } from "../diagnosis/task_command.ts";

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

export interface ProjectAddress {
  /** Without a slash at its end. */
  url: string;
  functionsUrl: string;
  secretKey: string;
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
    complain(`${file} has ${old}; Sesame calls it ${today}, and takes it as that.`);
  }
  const inFile = withOldNames(asWritten);
  const hidden = namesProject(inFile) ? OF_A_PROJECT : [];
  if (hidden.length === 0 && !namesProject(environment)) {
    const hints = hintsFor(OF_A_PROJECT, inFile);
    throw new Complaint(`${file} names no project: add ${OF_A_PROJECT.join(", ")} to it${hints}`);
  }
  return (name) => inFile(name) ?? (hidden.includes(name) ? undefined : environment(name));
}

/** The same where no project need be named: the file's variables before the environment's. */
export async function readVariables(
  file: string | undefined,
  environment: Source = (name) => Deno.env.get(name),
): Promise<Source> {
  if (file === undefined) return environment;
  const written = await readEnvFile(file);
  return (name) => written[name] ?? environment(name);
}

/** One line for all variables that are missing: their names, where to set them and where to find them. */
export function missing(names: readonly string[], source: Source): Complaint {
  const verb = names.length === 1 ? "is missing: set it" : "are missing: set them";
  const places = names.map((name) => `${name} is ${PLACES[name]}.`).join(" ");
  return new Complaint(
    `${names.join(" and ")} ${verb} in the environment, or in a file named with --env-file. ` +
      places + hintsFor(names, source).replace(/^\./, ""),
  );
}

/** What is there under an old name, to end an error with: a sentence for each. */
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
    throw new Complaint(`${file} cannot be read`);
  });
  await warnWhereOthersRead(file);
  return Object.fromEntries(
    Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? ""]),
  );
}

async function warnWhereOthersRead(file: string): Promise<void> {
  const { mode } = await Deno.stat(file); // null on Windows, which has no such bits
  if (((mode ?? 0) & 0o077) === 0) return;
  complain(`Other users of this machine may read ${file}: run chmod 600 ${file}`);
}

/** The project that the environment names, else the stack that runs here; `url` is the value of `--url`. */
export async function readAddress(source: Source, url?: string): Promise<ProjectAddress> {
  const given: Source = (name) => name === "SUPABASE_URL" && url !== undefined ? url : source(name);
  const [base, secretKey] = [
    optional(given, "SUPABASE_URL"),
    optional(given, "SUPABASE_SECRET_KEY"),
  ];
  const dbUrl = optional(source, "SUPABASE_DB_URL");
  if (base === null && secretKey === null && dbUrl === null) return await readLocalAddress(source);
  if (base === null || secretKey === null) {
    throw missing(
      ["SUPABASE_URL", "SUPABASE_SECRET_KEY"].filter((name) => optional(given, name) === null),
      source,
    );
  }
  return {
    ...addressesAt(base),
    secretKey,
    dbUrl,
    webhookSecret: entriesOf(optional(source, "STRIPE_WEBHOOK_SECRET") ?? "")[0] || null,
  };
}

function addressesAt(base: string): Pick<ProjectAddress, "url" | "functionsUrl"> {
  const url = base.replace(/\/+$/, "");
  return { url, functionsUrl: `${url}/functions/v1` };
}

/** The database that the environment names, else that of the stack that runs here. */
export async function readDatabaseUrl(source: Source): Promise<string> {
  const dbUrl = optional(source, "SUPABASE_DB_URL");
  if (dbUrl !== null) return dbUrl;
  if (namesProject(source)) throw missing(["SUPABASE_DB_URL"], source);
  return (await readRunningStack(source)).DB_URL;
}

/** Where none runs, the user may have meant a project, and perhaps names it as an old site does. */
async function readRunningStack(source: Source): Promise<LocalEnv> {
  try {
    return await readLocalEnv(LOCAL_ENV);
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    throw new Complaint(
      `No stack runs on this machine (${task("dev")} starts one), and no project is named: set ` +
        `${OF_A_PROJECT.join(", ")} in the environment, or in a file named with --env-file` +
        hintsFor(OF_A_PROJECT, source),
    );
  }
}

async function readLocalAddress(source: Source): Promise<ProjectAddress> {
  const local = await readRunningStack(source);
  return {
    url: local.API_URL,
    functionsUrl: local.FUNCTIONS_URL,
    secretKey: local.SECRET_KEY,
    dbUrl: local.DB_URL,
    webhookSecret: local.STRIPE_WEBHOOK_SECRET,
  };
}
