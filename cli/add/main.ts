/** `add`: writes Sesame into the user's own project. */

import { printError, say, sayJson, UserError } from "../../local/terminal.ts";
import { task } from "../../diagnosis/task_command.ts";
import { readVariables } from "../environment.ts";
import { command } from "../frame.ts";
import { ENV_FILE, JSON_OPTION, value } from "../options.ts";
import { lockProject } from "../project/lock.ts";
import {
  type AddOptions,
  type Manifest,
  type MoveIn,
  readManifest,
  schemaOf,
} from "../project/manifest.ts";
import { DRY_RUN_OPTION, mayGoOn, YES_OPTION } from "../project/permission.ts";
import { isPlainName, PUBLIC, readSchemaName } from "../project/schema_name.ts";
import { VERSION } from "../version.ts";
import { findProject, PROJECT_OPTION, type UserProject } from "../project/user_project.ts";
import { addAsPlanned } from "./add.ts";
import { examineDatabase } from "./database_clashes.ts";
import { clashesInWords, editedInWords, nextInWords, planAsJson, planInWords } from "./in_words.ts";
import { MOVE_IN_OPTION } from "./move_in.ts";
import { type AddPlan, planAdd } from "./plan.ts";

export const add = command({
  name: "add",
  summary: "Add Sesame to your own Supabase project",
  details:
    "It shows every file that it creates or changes, asks, and then writes them. It touches no database. " +
    "If SUPABASE_DB_URL is set, in the environment or in the file of --env-file, it also looks for names that are " +
    "taken in that database. Run it again at any time, also after an interruption.",
  options: {
    project: PROJECT_OPTION,
    functionsPrefix: value(
      "<prefix>",
      "the begin of the functions' names, where your own functions have the same names",
      readPrefix,
    ),
    schema: value(
      "<name>",
      "a new schema for Sesame's tables and functions, where public has the same names already",
      readSchemaName,
    ),
    moveIn: MOVE_IN_OPTION,
    dryRun: DRY_RUN_OPTION,
    yes: YES_OPTION,
    json: JSON_OPTION,
    envFile: ENV_FILE,
  },
  examples: [
    "",
    "--project ../shop --dry-run",
    "--project ../shop --functions-prefix sesame --yes",
    "--project ../shop --schema sesame_api",
    "--move-in --env-file production.env",
  ],
  exitCodes: ["Sesame is in the project", "something stands in the way, and nothing was changed"],
  async run({ options }) {
    const project = await findProject(options.project);
    using _lock = options.dryRun ? null : await lockProject(project.folder);
    const manifest = await readManifest(project.folder);
    const typed = await wantedOptions(options, manifest);
    if (manifest !== null) refuseOther(manifest, typed);
    const found = manifest === null
      ? await examineDatabase(await readVariables(options.envFile), typed)
      : null;
    const wanted = { ...typed, ...found?.hasChapters ? { takesOver: true } : {} };
    const plan = await planAdd(project.folder, wanted, manifest, new Date());
    plan.clashes.push(...found?.clashes ?? []);
    // The database knows more than the texts of the migrations.
    plan.moves = found?.moves ?? plan.moves;
    return await carryOutOrRefuse(project, plan, manifest, options);
  },
});

const HERE = [`Sesame ${VERSION} is in this project already. Nothing has to be changed.`];

interface Answers {
  dryRun: boolean;
  yes: boolean;
  json: boolean;
}

async function carryOutOrRefuse(
  project: UserProject,
  plan: AddPlan,
  manifest: Manifest | null,
  { dryRun, yes, json }: Answers,
): Promise<number> {
  const print = json ? printError : say;
  if (json) sayJson(planAsJson(plan, dryRun));
  if (plan.clashes.length > 0) {
    printError(...clashesInWords(plan.clashes));
    return 1;
  }
  const isDone = plan.changes.length === 0 && manifest?.state === "added";
  print(...isDone ? HERE : planInWords(plan, project), ...editedInWords(plan.edited));
  if (isDone || dryRun) return 0;
  if (!mayGoOn(yes, print)) return 0;
  await addAsPlanned(project.folder, plan, manifest);
  print(...nextInWords(plan));
  return 0;
}

function readPrefix(text: string, flag: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,30}$/.test(text)) {
    throw new UserError(`${flag} begins with a letter, and has only letters, digits, - and _`);
  }
  return /[_-]$/.test(text) ? text : `${text}-`;
}

const NO_MOVE =
  "--move-in takes over old tables and their names in schema public. So it goes with no other --schema.";

interface Typed {
  functionsPrefix: string | undefined;
  schema: string | undefined;
  moveIn: MoveIn | undefined;
}

/** What was typed; otherwise what the project has. */
async function wantedOptions(
  typed: Typed,
  manifest: Manifest | null,
): Promise<AddOptions> {
  const there = manifest?.options ?? { functionsPrefix: "" };
  const { functionsPrefix = there.functionsPrefix, moveIn = there.moveIn } = typed;
  const name = typed.schema ?? schemaOf(there);
  if (name !== PUBLIC && !await isPlainName(name)) {
    throw new UserError(`--schema ${name}: this is a word of SQL. Choose another name.`);
  }
  if (name !== PUBLIC && moveIn !== undefined) throw new UserError(NO_MOVE);
  return {
    functionsPrefix,
    ...name === PUBLIC ? {} : { schema: name },
    ...moveIn === undefined ? {} : { moveIn },
  };
}

/** One project has one version, with one set of options. */
function refuseOther({ version, state, options }: Manifest, wanted: AddOptions): void {
  if (state === "removing") {
    throw new UserError(
      `Sesame is being removed from this project. Run first: ${task("remove")}`,
    );
  }
  if (version !== VERSION) {
    throw new UserError(
      `This project has Sesame ${version}, and this is ${VERSION}. Nothing was changed. ` +
        `${task("upgrade")} brings it to ${VERSION}.`,
    );
  }
  const typed = {
    "--functions-prefix": [options.functionsPrefix, wanted.functionsPrefix],
    "--schema": [options.schema ?? "", wanted.schema ?? ""],
  };
  for (const [flag, [there, other]] of Object.entries(typed)) {
    if (there === other) continue;
    throw new UserError(
      `Sesame was added with ${there === "" ? `no ${flag}` : `${flag} ${there}`}. ` +
        "While no database has it, remove it and add it again. " +
        "Once one has it, this stays: a removal drops who has bought what.",
    );
  }
}

if (import.meta.main) await add.runAndExit();
