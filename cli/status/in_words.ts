/** What `status` says: each difference, and the command that comes next. */

import { task } from "../../diagnosis/task_command.ts";
import { type Manifest, migrationsOf } from "../project/manifest.ts";
import { withVersion } from "../project/package_command.ts";
import { stampOf } from "../project/stamp.ts";
import { compareVersions } from "compare-versions";
import { VERSION } from "../version.ts";
import type { DatabaseStatus, FileStatus, InboxSize, Unfolded } from "./examine.ts";

export interface Status {
  manifest: Manifest;
  files: FileStatus;
  /** Null: no database was named. */
  database: DatabaseStatus | null;
}

/** One thing that is not as it should be. */
interface Difference {
  line: string;
  /** What comes next; null: nothing has to be done. */
  command: string | null;
}

export function isWhole(status: Status): boolean {
  return differencesOf(status).length === 0;
}

export function inWords(status: Status): string[] {
  const { manifest: { version, state }, files, database } = status;
  const whole = state === "upgrading" ? [] : [`${files.whole} files are as Sesame wrote them.`];
  return [
    `Sesame ${version} is in this project.`,
    ...database?.version ? [`Sesame ${database.version} is in the database.`] : [],
    ...database?.inbox ? [inboxInWords(database.inbox)] : [],
    ...database?.unfolded ? unfoldedInWords(database.unfolded) : [],
    `The newest version that this command knows is ${VERSION}.`,
    ...whole,
    ...differencesOf(status).flatMap(({ line, command }) => [
      line,
      ...command === null ? [] : command.split("\n").map((one) => `  ${one}`),
    ]),
  ];
}

/** As in `The inbox takes 768 MB: 640 MB bodies, 38 MB rows, 90 MB indexes. That is 6,423 bytes an event.` */
export function inboxInWords({ events, ...size }: InboxSize): string {
  const parts = `${inMegabytes(size.body_bytes)} bodies, ${inMegabytes(size.row_bytes)} rows, ` +
    `${inMegabytes(size.index_bytes)} indexes`;
  const each = events ? ` That is ${inWhole(size.bytes / events)} bytes an event.` : "";
  return `The inbox takes ${inMegabytes(size.bytes)}: ${parts}.${each}`;
}

/** As in `12 objects are still being derived, the oldest for 6 minutes. Fold them: deno task reconcile` */
export function unfoldedInWords({ left, failed, seconds = 0 }: Unfolded): string[] {
  const number = left + failed;
  if (number === 0) return [];
  const objects = number === 1 ? "1 object is" : `${inWhole(number)} objects are`;
  const minutes = Math.floor(seconds / 60);
  const age = minutes === 1 ? "1 minute" : `${inWhole(minutes)} minutes`;
  return [`${objects} still being derived, the oldest for ${age}. Fold them: ${task("reconcile")}`];
}

function inMegabytes(bytes: number): string {
  return `${inWhole(bytes / 1_000_000)} MB`;
}

function inWhole(number: number): string {
  return Math.round(number).toLocaleString("en");
}

export function asJson(status: Status) {
  const { manifest, files, database } = status;
  const { version, state, options } = manifest;
  const paths = (list: string[]) => list.map((path) => `supabase/${path}`);
  return {
    ...{ here: version, newest: VERSION, state, options, migrations: migrationsOf(manifest) },
    ...{ edited: paths(files.edited), missing: paths(files.missing), database },
    differences: differencesOf(status),
  };
}

function differencesOf({ manifest, files, database }: Status): Difference[] {
  return [
    ...interrupted(manifest),
    ...older(manifest),
    // While an upgrade is interrupted, some files are already those of the new version.
    ...manifest.state === "upgrading" ? [] : fileDifferences(files),
    ...files.unknown.map((line) => ({ line, command: null })),
    ...database === null ? [] : databaseDifferences(manifest, database),
  ];
}

function interrupted({ state, upgrading }: Manifest): Difference[] {
  switch (state) {
    case "adding":
      return [{ line: "add was interrupted. Run it again:", command: task("add") }];
    case "removing":
      return [{ line: "remove was interrupted. Run it again:", command: task("remove") }];
    case "upgrading": {
      const to = upgrading?.to ?? VERSION;
      const command = to === VERSION ? task("upgrade") : withVersion(to, "upgrade");
      return [{ line: `The upgrade to ${to} was interrupted. Run it again:`, command }];
    }
    default:
      return [];
  }
}

function older({ version, state }: Manifest): Difference[] {
  if (version === VERSION || state !== "added") return [];
  return [{ line: `The project has an older version. Upgrade it:`, command: task("upgrade") }];
}

function fileDifferences({ edited, missing }: FileStatus): Difference[] {
  const isMigration = (path: string) => path.startsWith("migrations/");
  return [
    ...edited.map((path) => ({ line: `~ supabase/${path} was changed.`, command: null })),
    ...missing.map((path) => ({
      line: isMigration(path)
        ? `- supabase/${path} is missing. Restore it from your repository's history.`
        : `- supabase/${path} is missing. This restores it:`,
      command: isMigration(path) ? null : task("add"),
    })),
  ];
}

const PUSH = "npx supabase@3.1.0 db push";

function databaseDifferences(manifest: Manifest, database: DatabaseStatus): Difference[] {
  const { isThere, version, recorded, unrecorded } = database;
  if (!isThere) {
    return recorded.length === 0
      ? [{ line: "The database does not have Sesame yet. Push it:", command: PUSH }]
      : [{
        line: "The database has the migration in its history, but schema sesame is gone. " +
          "Restore a backup. In a new database, push again after this:",
        command: repair("reverted", recorded),
      }];
  }
  if (version === manifest.version) {
    return unrecorded.length === 0 ? [] : [{
      line: "The database has this version, but its history lacks a row. Record it:",
      command: repair("applied", unrecorded),
    }];
  }
  if (version !== null && compareVersions(version, manifest.version) > 0) {
    return [{
      line: `The database has ${version}, which is newer than the files. ` +
        "Fetch the newest commits of your repository.",
      command: null,
    }];
  }
  return [olderDatabase(manifest, database)];
}

/** Each step checks the version before it changes anything, so a row can be taken back and pushed again. */
function olderDatabase(manifest: Manifest, database: DatabaseStatus): Difference {
  const { version, recorded, unrecorded } = database;
  const isApplied = (name: string) => name === manifest.migration || isDone(name, version);
  const lost = unrecorded.filter(isApplied);
  const early = recorded.filter((name) => !isApplied(name));
  const has = version ?? "a version from before the first release";
  return {
    line: `The database has ${has}, which is older than the files. Push the upgrade:`,
    command: [
      ...lost.length === 0 ? [] : [repair("applied", lost)],
      ...early.length === 0 ? [] : [repair("reverted", early)],
      PUSH,
    ].join("\n"),
  };
}

/** Whether a database of this version has the upgrade `<stamp>_sesame_<from>_to_<to>.sql`. */
function isDone(name: string, version: string | null): boolean {
  const to = /_to_(.+)\.sql$/.exec(name)?.[1] ?? "";
  return version !== null && compareVersions(to, version) <= 0;
}

function repair(status: "applied" | "reverted", names: readonly string[]): string {
  return `npx supabase@3.1.0 migration repair --status ${status} ${names.map(stampOf).join(" ")}`;
}
