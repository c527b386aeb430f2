/** `doctor`: finds problems of a whole project, and fixes those that it can. */

import { printError, say, sayJson, UserError } from "../../local/terminal.ts";
import { readEnvironment } from "../environment.ts";
import { command } from "../frame.ts";
import { ENV_FILE, flag, JSON_OPTION, secretsFile, URL_OPTION } from "../options.ts";
import { progressBar } from "../progress_bar.ts";
import { type Examination, examineProject, findingsOf, fixFully } from "./doctor.ts";
import {
  changesInWords,
  inWords,
  planInWords,
  type ReportOptions,
  summaryInWords,
} from "./in_words.ts";
import { openProject } from "./open_project.ts";
import { exitCode } from "./severity.ts";

export const doctor = command({
  name: "doctor",
  summary: "Find problems of a project, and fix them with --fix",
  details:
    "Without SUPABASE_URL and SUPABASE_SECRET_KEY, in the environment or in the file of --env-file, it examines " +
    "the stack that runs here. SUPABASE_DB_URL opens the database, STRIPE_SECRET_KEY the endpoint at Stripe, " +
    "and STRIPE_WEBHOOK_SECRET allows a signed test event.",
  options: {
    fix: flag("print the plan of the fixes, ask, and fix"),
    yes: flag("fix without asking"),
    verbose: flag("show everything: all findings, ids of members, statements to paste"),
    json: JSON_OPTION,
    envFile: ENV_FILE,
    secretsFile: secretsFile(
      "the file that the functions' secrets were set from, to examine it too",
    ),
    url: URL_OPTION,
  },
  examples: ["", "--env-file production.env", "--fix --yes --env-file production.env"],
  exitCodes: ["no problem was found", "there are warnings", "there are errors"],
  failure: "a check could not run, or the project could not be opened",
  async run({ options: { fix, yes, json, verbose, url, envFile, secretsFile } }) {
    const project = await openProject(await readEnvironment(envFile), { url, secretsFile });
    project.watch = progressBar({ json });
    let examinations: readonly Examination[] = await examineProject(project);
    if (fix && mayFix(examinations, yes, { verbose })) {
      const fixed = await fixFully(project, examinations);
      printError(...changesInWords(fixed.changed, { verbose }));
      examinations = fixed.examinations;
    }
    if (json) sayJson(examinations.map(asJson));
    else show(examinations, { verbose, envFile, schema: project.schema });
    return exitCode(examinations);
  },
});

function show(examinations: readonly Examination[], options: ReportOptions): void {
  say(
    ...examinations.flatMap((examination) => inWords(examination, options)),
    summaryInWords(examinations),
  );
}

/** Prints the plan on standard error, so that the output of `--json` stays JSON, and asks for confirmation. */
function mayFix(
  examinations: readonly Examination[],
  yes: boolean,
  options: ReportOptions,
): boolean {
  printError(...planInWords(examinations, options));
  if (yes || !findingsOf(examinations).some(({ plan }) => plan !== undefined)) return yes;
  if (!Deno.stdin.isTerminal()) {
    throw new UserError("There is no terminal to ask at: add --yes to fix without asking.");
  }
  return confirm("Go on?");
}

function asJson({ check, findings, skipped, blocked }: Examination) {
  return { check: check.title, findings, skipped, blocked };
}

if (import.meta.main) await doctor.runAndExit();
