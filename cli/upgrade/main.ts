/** `upgrade`: brings Sesame in the user's own project from its version to this one. */

import { printError, say, sayJson, UserError } from "../../local/terminal.ts";
import { task } from "../../diagnosis/task_command.ts";
import { readVariables } from "../environment.ts";
import { command } from "../frame.ts";
import { ENV_FILE, JSON_OPTION } from "../options.ts";
import { lockProject } from "../project/lock.ts";
import { type Manifest, requireManifest } from "../project/manifest.ts";
import { withVersion } from "../project/package_command.ts";
import { DRY_RUN_OPTION, mayGoOn, YES_OPTION } from "../project/permission.ts";
import { findProject, PROJECT_OPTION } from "../project/user_project.ts";
import { VERSION } from "../version.ts";
import { databaseClashes } from "./database_clashes.ts";
import { clashesInWords, nextInWords, planAsJson, planInWords } from "./in_words.ts";
import { planUpgrade } from "./plan.ts";
import { upgradeAsPlanned } from "./upgrade.ts";

export const upgrade = command({
  name: "upgrade",
  summary: "Bring Sesame in your own Supabase project to this version",
  details:
    "It shows every file that it changes, asks, and then writes them. It touches no database: it writes a migration " +
    "that upgrades one when you push it. Files that you changed stay, and it shows what is new in them. " +
    "If SUPABASE_DB_URL is set, in the environment or in the file of --env-file, it also looks at the version of " +
    "that database. Run it again after an interruption.",
  options: {
    project: PROJECT_OPTION,
    dryRun: DRY_RUN_OPTION,
    yes: YES_OPTION,
    json: JSON_OPTION,
    envFile: ENV_FILE,
  },
  examples: ["--dry-run", "--project ../shop --yes"],
  exitCodes: [
    "the project has this version",
    "something stands in the way, and nothing was changed",
  ],
  async run({ options: { project, dryRun, yes, json, envFile } }) {
    const { folder } = await findProject(project);
    using _lock = dryRun ? null : await lockProject(folder);
    const manifest = await manifestOf(folder);
    const print = json ? printError : say;
    if (manifest.version === VERSION) return alreadyHere(json, dryRun);
    const plan = await planUpgrade(folder, manifest, new Date());
    plan.clashes.push(...await databaseClashes(await readVariables(envFile), manifest));
    if (json) sayJson(planAsJson(plan, dryRun));
    if (plan.clashes.length > 0) {
      printError(...clashesInWords(plan));
      return 1;
    }
    print(...planInWords(plan, folder));
    if (dryRun) return 0;
    if (!mayGoOn(yes, print)) return 0;
    await upgradeAsPlanned(folder, plan);
    print(...nextInWords(plan));
    return 0;
  },
});

function alreadyHere(json: boolean, dryRun: boolean): number {
  if (json) sayJson({ dryRun, from: VERSION, to: VERSION, changed: false, changes: [] });
  else say(`This project has Sesame ${VERSION} already. There is nothing to upgrade.`);
  return 0;
}

/** @throws UserError if Sesame is not in the project, or another command has to be finished first */
async function manifestOf(folder: string): Promise<Manifest> {
  const manifest = await requireManifest(folder);
  const { version, state, upgrading } = manifest;
  if (state === "adding" || state === "removing") {
    const name = state === "adding" ? "add" : "remove";
    const typed = version === VERSION ? task(name) : withVersion(version, name);
    throw new UserError(`${name} was interrupted in this project. Finish it first: ${typed}`);
  }
  if (upgrading === undefined || upgrading.to === VERSION) return manifest;
  throw new UserError(
    `An upgrade to Sesame ${upgrading.to} was interrupted in this project. ` +
      `Finish it first: ${withVersion(upgrading.to, "upgrade")}`,
  );
}

if (import.meta.main) await upgrade.runAndExit();
