/** `status`: which version a project and its database have, and what differs. */

import { say, sayJson } from "../../local/terminal.ts";
import { task } from "../../diagnosis/task_command.ts";
import { readVariables } from "../environment.ts";
import { command } from "../frame.ts";
import { ENV_FILE, JSON_OPTION } from "../options.ts";
import { readManifest } from "../project/manifest.ts";
import { VERSION } from "../version.ts";
import { findProject, PROJECT_OPTION } from "../project/user_project.ts";
import { examineDatabase, examineFiles } from "./examine.ts";
import { asJson, inWords, isWhole } from "./in_words.ts";

export const status = command({
  name: "status",
  summary: "Show the versions of a project and its database, and what differs",
  details:
    "Each difference has the command that comes next. If SUPABASE_DB_URL is set, in the environment or in the file of " +
    "--env-file, it also looks at that database. It only reads.",
  options: { project: PROJECT_OPTION, json: JSON_OPTION, envFile: ENV_FILE },
  examples: ["", "--project ../shop --env-file production.env", "--json"],
  exitCodes: ["all is as Sesame wrote it", "Sesame is not in the project, or something differs"],
  async run({ options: { project, json, envFile } }) {
    const { folder } = await findProject(project);
    const manifest = await readManifest(folder);
    if (manifest === null) return notThere(folder, json);
    const files = await examineFiles(folder, manifest);
    const database = await examineDatabase(await readVariables(envFile), manifest);
    const found = { manifest, files, database };
    if (json) sayJson(asJson(found));
    else say(...inWords(found));
    return isWhole(found) ? 0 : 1;
  },
});

function notThere(folder: string, json: boolean): number {
  if (json) sayJson({ here: null, newest: VERSION });
  else say(`Sesame is not in ${folder}. ${task("add")} adds it.`);
  return 1;
}

if (import.meta.main) await status.runAndExit();
