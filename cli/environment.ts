/**
 * Which project a tool works on, and the secrets that open it. They come from the environment, or from
 * the file named with `--env-file`; where neither names a project, it is the stack that runs here.
 *
 * @module
 */

import { parseEnv } from "node:util";
import { LOCAL_ENV, type LocalEnv, readLocalEnv } from "../local/local_env.ts";
import { complain, Complaint } from "../local/terminal.ts";
import { entriesOf, optional, type Source } from "../supabase/functions/_shared/env.ts";
import { oldNameHint, takenOver, withOldNames } from "./old_names.ts";

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
  /** The database as its owner; null: not given. */
  dbUrl: string | null;
  /** What the endpoint signs with; null: not given. */
  webhookSecret: string | null;
}

/**
 * The environment with the file's variables before its own.
 *
 * A file that names a project hides the project that the environment names: a database of one and a
 * key of another would be mixed up. In a file the names of an old site count as well, since somebody
 * chose that file; in the environment they may belong to any site of the same machine.
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

/** What is there under an old name, to end a complaint with; a sentence for each. */
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

/** The project that the environment names, else the stack that runs here; `url` is a flag's value. */
export async function readAddress(source: Source, url?: string): Promise<ProjectAddress> {
  const [asked, secretKey] = [
    url ?? optional(source, "SUPABASE_URL"),
    optional(source, "SUPABASE_SECRET_KEY"),
  ];
  if (asked === null && secretKey === null) return await readLocalAddress(source);
  if (asked === null) {
    const hint = hintsFor(["SUPABASE_URL"], source);
    throw new Complaint(`SUPABASE_SECRET_KEY is set: set SUPABASE_URL too${hint}`);
  }
  if (secretKey === null) {
    throw new Complaint(
      "SUPABASE_SECRET_KEY is missing: set it in the environment, or in a file named with --env-file" +
        hintsFor(["SUPABASE_SECRET_KEY"], source),
    );
  }
  const base = asked.replace(/\/+$/, "");
  return {
    url: base,
    functionsUrl: `${base}/functions/v1`,
    secretKey,
    dbUrl: optional(source, "SUPABASE_DB_URL"),
    webhookSecret: entriesOf(optional(source, "STRIPE_WEBHOOK_SECRET") ?? "")[0] || null,
  };
}

/** The database that the environment names, else that of the stack that runs here. */
export async function readDatabaseUrl(source: Source): Promise<string> {
  const dbUrl = optional(source, "SUPABASE_DB_URL");
  if (dbUrl !== null) return dbUrl;
  if (namesProject(source)) {
    throw new Complaint(
      "SUPABASE_DB_URL is missing: set it in the environment, or in a file named with --env-file" +
        hintsFor(["SUPABASE_DB_URL"], source),
    );
  }
  return (await readRunningStack(source)).DB_URL;
}

/** Where none runs, a project may have been meant that the environment names as an old site does. */
async function readRunningStack(source: Source): Promise<LocalEnv> {
  try {
    return await readLocalEnv(LOCAL_ENV);
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    throw new Complaint(error.message + hintsFor(OF_A_PROJECT, source));
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
