/** `doctor`: examines a whole project, and repairs what it can. */

import { complain, Complaint, say, sayJson } from "../../local/terminal.ts";
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
  summary: "Examine a project, name what is wrong, and repair it with --fix",
  details:
    "Without SUPABASE_URL and SUPABASE_SECRET_KEY, in the environment or in the file of --env-file, it examines " +
    "the stack that runs here. SUPABASE_DB_URL opens the database, STRIPE_SECRET_KEY the endpoint at Stripe, " +
    "and STRIPE_WEBHOOK_SECRET allows a signed test event.",
  options: {
    fix: flag("say what can be repaired, ask, and repair it"),
    yes: flag("repair without asking"),
    verbose: flag("leave nothing out: all findings, ids of members, statements to paste"),
    json: JSON_OPTION,
    envFile: ENV_FILE,
    secretsFile: secretsFile(
      "the file that the functions' secrets were set from, to examine it too",
    ),
    url: URL_OPTION,
  },
  examples: ["", "--env-file production.env", "--fix --yes --env-file production.env"],
  exitCodes: ["all is well", "there are warnings", "there are errors"],
  failure: "a check could not be made, or nothing could be examined",
  async run({ options: { fix, yes, json, verbose, url, envFile, secretsFile } }) {
    const project = await openProject(await readEnvironment(envFile), { url, secretsFile });
    project.watch = progressBar();
    let examinations: readonly Examination[] = await examineProject(project);
    if (fix && mayFix(examinations, yes, { verbose })) {
      const fixed = await fixFully(project, examinations);
      complain(...changesInWords(fixed.changed, { verbose }));
      examinations = fixed.examinations;
    }
    if (json) sayJson(examinations.map(asJson));
    else show(examinations, { verbose, envFile });
    return exitCode(examinations);
  },
});

function show(examinations: readonly Examination[], options: ReportOptions): void {
  say(
    ...examinations.flatMap((examination) => inWords(examination, options)),
    summaryInWords(examinations),
  );
}

/** Says on standard error what would be done, so that the output of `--json` stays JSON, and asks. */
function mayFix(
  examinations: readonly Examination[],
  yes: boolean,
  options: ReportOptions,
): boolean {
  complain(...planInWords(examinations, options));
  if (yes || !findingsOf(examinations).some(({ plan }) => plan !== undefined)) return yes;
  if (!Deno.stdin.isTerminal()) {
    throw new Complaint("There is no terminal to ask at: add --yes to repair without asking.");
  }
  return confirm("Go on?");
}

function asJson({ check, findings, skipped, blocked }: Examination) {
  return { check: check.title, findings, skipped, blocked };
}

if (import.meta.main) await doctor.runAndExit();
