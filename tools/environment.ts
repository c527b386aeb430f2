/**
 * Which project a tool works on, and the secrets that open it. They come from the environment, or from
 * the file named with `--env-file`; where neither names a project, it is the stack that runs here.
 *
 * @module
 */

import { parseEnv } from "node:util";
import { LOCAL_ENV, readLocalEnv } from "../local/local_env.ts";
import { complain, Complaint } from "../local/terminal.ts";
import { entriesOf, optional, type Source } from "../supabase/functions/_shared/env.ts";

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
 * key of another would be mixed up.
 */
export async function readEnvironment(
  file: string | undefined,
  environment: Source = (name) => Deno.env.get(name),
): Promise<Source> {
  if (file === undefined) return environment;
  const written = await readEnvFile(file);
  const inFile: Source = (name) => optional((name) => written[name], name) ?? undefined;
  const hidden = namesProject(inFile) ? OF_A_PROJECT : [];
  if (hidden.length === 0 && !namesProject(environment)) {
    throw new Complaint(`${file} names no project: add ${OF_A_PROJECT.join(", ")} to it`);
  }
  return (name) => inFile(name) ?? (hidden.includes(name) ? undefined : environment(name));
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
  if (asked === null && secretKey === null) return await readLocalAddress();
  if (asked === null) throw new Complaint("SUPABASE_SECRET_KEY is set: set SUPABASE_URL too");
  if (secretKey === null) {
    throw new Complaint(
      "SUPABASE_SECRET_KEY is missing: set it in the environment, or in a file named with --env-file",
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
      "SUPABASE_DB_URL is missing: set it in the environment, or in a file named with --env-file",
    );
  }
  return (await readLocalEnv(LOCAL_ENV)).DB_URL;
}

async function readLocalAddress(): Promise<ProjectAddress> {
  const local = await readLocalEnv(LOCAL_ENV);
  return {
    url: local.API_URL,
    functionsUrl: local.FUNCTIONS_URL,
    secretKey: local.SECRET_KEY,
    dbUrl: local.DB_URL,
    webhookSecret: local.STRIPE_WEBHOOK_SECRET,
  };
}
