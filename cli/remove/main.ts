/** `remove`: takes Sesame out of the user's own project. */

import { printError, say, sayJson, UserError } from "../../local/terminal.ts";
import { command } from "../frame.ts";
import { readVariables } from "../environment.ts";
import { ENV_FILE, flag, JSON_OPTION } from "../options.ts";
import { lockProject } from "../project/lock.ts";
import { type Manifest, requireManifest, schemaOf } from "../project/manifest.ts";
import { withVersion } from "../project/package_command.ts";
import { DRY_RUN_OPTION, mayGoOn, YES_OPTION } from "../project/permission.ts";
import { VERSION } from "../version.ts";
import { findProject, PROJECT_OPTION } from "../project/user_project.ts";
import { examineRemoval } from "./database.ts";
import {
  databaseInWords,
  editedInWords,
  nextInWords,
  planAsJson,
  planInWords,
  staysInWords,
} from "./in_words.ts";
import { planRemoval } from "./plan.ts";
import { removeAsPlanned } from "./remove.ts";

export const remove = command({
  name: "remove",
  summary: "Take Sesame out of your own Supabase project",
  details:
    "It shows every file that it deletes or restores, asks, and then does so. It touches no database: it writes a " +
    "migration that drops Sesame's own objects when you push it. Files that you changed stay. If SUPABASE_DB_URL is " +
    "set, in the environment or in the file of --env-file, it also lists your own objects that need Sesame's. Run it " +
    "again after an interruption.",
  options: {
    project: PROJECT_OPTION,
    keepData: flag("let the migration copy all rows into schema sesame_archive first"),
    dryRun: DRY_RUN_OPTION,
    yes: YES_OPTION,
    json: JSON_OPTION,
    envFile: ENV_FILE,
  },
  examples: ["--dry-run --env-file production.env", "--project ../shop --keep-data"],
  exitCodes: ["Sesame is no longer in the project"],
  async run({ options: { project: named, keepData, dryRun, yes, json, envFile } }) {
    const { folder } = await findProject(named);
    using _lock = dryRun ? null : await lockProject(folder);
    const manifest = await manifestOf(folder);
    const plan = await planRemoval(folder, manifest, keepData, new Date());
    const schema = schemaOf(manifest.options);
    const database = await examineRemoval(await readVariables(envFile), schema);
    const print = json ? printError : say;
    if (json) sayJson(planAsJson(plan, database, dryRun));
    print(...planInWords(plan, folder), ...editedInWords(plan.edited));
    print(...databaseInWords(database), ...staysInWords(plan, database));
    if (dryRun) return 0;
    if (!mayGoOn(yes, print)) return 0;
    await removeAsPlanned(folder, plan);
    print(...nextInWords(plan));
    return 0;
  },
});

/** @throws UserError if Sesame is not in the project, or another version is */
async function manifestOf(folder: string): Promise<Manifest> {
  const manifest = await requireManifest(folder);
  const { version, upgrading } = manifest;
  if (upgrading !== undefined) {
    throw new UserError(
      `An upgrade to Sesame ${upgrading.to} was interrupted in this project. Finish it first: ` +
        withVersion(upgrading.to, "upgrade"),
    );
  }
  if (version === VERSION) return manifest;
  throw new UserError(
    `This project has Sesame ${version}, and this is ${VERSION}. Nothing was changed. ` +
      `Use the version that the project has: ${withVersion(version, "remove")}`,
  );
}

if (import.meta.main) await remove.runAndExit();
