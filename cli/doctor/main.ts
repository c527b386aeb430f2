/**
 * Looks a whole project over:
 *
 *     deno task doctor [--fix [--yes]] [--verbose] [--json] [--env-file production.env] [--url https://….supabase.co]
 *
 * --fix says what it is going to do and asks; --yes is the answer, where nobody is there to give it.
 * --verbose leaves nothing out, lists members by their ids, and says statements to paste; so does --json.
 * Without SUPABASE_URL and SUPABASE_SECRET_KEY, in the environment or in the file of --env-file, it is the
 * stack that runs here. SUPABASE_DB_URL opens the database, STRIPE_SECRET_KEY the endpoint at Stripe.
 * --secrets-file names the file that the functions' secrets were set from: then its form is looked at, too.
 * Exit code 0: all well; 1: warnings; 2: errors; 3: something could not be looked at.
 *
 * @module
 */

import { complain, Complaint, messageOf, runProgram, say, sayJson } from "../../local/terminal.ts";
import { ENV_FILE, readCommandLine } from "../command_line.ts";
import { readEnvironment } from "../environment.ts";
import { type Examination, examineProject, findingsOf, fixFully } from "./doctor.ts";
import { openProject } from "./open_project.ts";
import { changesInWords, inWords, type Manner, planInWords, summaryInWords } from "./in_words.ts";
import { progressBar } from "./progress_bar.ts";
import { exitCode } from "./severity.ts";

async function main(): Promise<number> {
  const { fix, yes, json, verbose, url, ...files } = readWish(Deno.args);
  const environment = await readEnvironment(files["env-file"]);
  const project = await openProject(environment, { url, secretsFile: files["secrets-file"] });
  project.watch = progressBar();
  let examinations: readonly Examination[] = await examineProject(project);
  if (fix && mayMend(examinations, yes, { verbose })) {
    const mended = await fixFully(project, examinations);
    complain(...changesInWords(mended.changed, { verbose }));
    examinations = mended.examinations;
  }
  if (json) sayJson(examinations.map(asJson));
  else tell(examinations, { verbose, envFile: files["env-file"] });
  return exitCode(examinations);
}

function tell(examinations: readonly Examination[], manner: Manner): void {
  say(
    ...examinations.flatMap((examination) => inWords(examination, manner)),
    summaryInWords(examinations),
  );
}

/** On standard error, as all that is said beside the result: `--json` stays JSON. */
function mayMend(
  examinations: readonly Examination[],
  yes: boolean,
  manner: Manner,
): boolean {
  complain(...planInWords(examinations, manner));
  if (yes || !findingsOf(examinations).some(({ plan }) => plan !== undefined)) return yes;
  if (!Deno.stdin.isTerminal()) throw new Complaint("nobody is here to be asked: add --yes");
  return confirm("Go on?");
}

function asJson({ check, findings, skipped, blocked }: Examination) {
  return { check: check.title, findings, skipped, blocked };
}

function readWish(args: string[]) {
  return readCommandLine({
    args,
    options: {
      "fix": { type: "boolean", default: false },
      "yes": { type: "boolean", default: false },
      "json": { type: "boolean", default: false },
      "verbose": { type: "boolean", default: false },
      "url": { type: "string" },
      "secrets-file": { type: "string" },
      ...ENV_FILE,
    },
  }).values;
}

await runProgram(main, 3, messageOf);
