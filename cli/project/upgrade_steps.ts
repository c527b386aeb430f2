/** The released versions, and the SQL between them. */

import { fileURLToPath } from "node:url";
import { compareVersions } from "compare-versions";
import { UserError } from "../../local/terminal.ts";
import { readIfThere } from "./text_file.ts";

/** One folder for each version, and `checksums.json`, which names every released file. */
export const RELEASES = new URL("../../releases/", import.meta.url);

/**
 * Stands in the SQL of a step for the version of the migration that carries it.
 *
 * Its guard names that migration in a command, so replace it with the real stamp.
 */
export const STAMP = "00000000000000";

export interface UpgradeStep {
  from: string;
  to: string;
  /** Checks that the database is at `from` before it changes anything. One migration may hold several steps. */
  sql: string;
}

/** Every released version, the oldest first. */
export async function releasedVersions(folder = RELEASES): Promise<string[]> {
  const text = await readIfThere(fileURLToPath(new URL("checksums.json", folder)));
  const paths = Object.keys(JSON.parse(text ?? "{}"));
  return [...new Set(paths.map((path) => path.split("/")[0] ?? ""))].sort(compareVersions);
}

/** The upgrades from one release to another, in their order; none if they are the same. */
export async function upgradeSteps(
  from: string,
  to: string,
  folder = RELEASES,
): Promise<UpgradeStep[]> {
  const known = await releasedVersions(folder);
  for (const version of [from, to]) refuseUnknown(version, known);
  if (compareVersions(from, to) > 0) {
    throw new UserError(
      `Sesame ${from} is newer than ${to}, and there is no way back: a downgrade would lose data. ` +
        `Use Sesame ${from} or newer.`,
    );
  }
  const versions = known.slice(known.indexOf(from), known.indexOf(to) + 1);
  return await Promise.all(
    versions.slice(1).map((next, index) => {
      return readStep(versions[index] ?? from, next, folder);
    }),
  );
}

function refuseUnknown(version: string, known: readonly string[]): void {
  if (known.includes(version)) return;
  const list = known.length === 0 ? "There is none yet." : `The releases are: ${known.join(", ")}.`;
  throw new UserError(`Sesame ${version} is no release, so there is no upgrade for it. ${list}`);
}

async function readStep(from: string, to: string, folder: URL): Promise<UpgradeStep> {
  const path = `${to}/from_${from}.sql`;
  const sql = await readIfThere(fileURLToPath(new URL(path, folder)));
  if (sql !== null) return { from, to, sql };
  throw new UserError(
    `The upgrade from Sesame ${from} to ${to} is missing in this copy (releases/${path}). ` +
      "Install Sesame again.",
  );
}
