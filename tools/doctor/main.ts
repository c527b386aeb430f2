/**
 * Looks a whole project over:
 *
 *     deno task doctor [--fix [--yes]] [--json] [--url https://….supabase.co --key sb_secret_…] [--db-url …]
 *
 * --fix says what it is going to do and asks; --yes is the answer, where nobody is there to give it.
 * --env-file names the file that the functions' secrets were set from: then its form is looked at, too.
 * Without --url it is the stack that runs here. With STRIPE_SECRET_KEY in the environment the endpoint at
 * Stripe is looked at too. Exit code 0: all well; 1: warnings; 2: errors; 3: something could not be looked at.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { complain, Complaint, say } from "../../local/terminal.ts";
import { type Examination, examineProject, findingsOf, mendFully } from "./doctor.ts";
import { openProject } from "./open_project.ts";
import { inWords, planInWords } from "./in_words.ts";
import { exitCode } from "./severity.ts";

async function main(): Promise<number> {
  const { fix, yes, json, ...given } = readWish(Deno.args);
  const project = await openProject({
    url: given.url,
    key: given.key,
    dbUrl: given["db-url"],
    envFile: given["env-file"],
  });
  let examinations: readonly Examination[] = await examineProject(project);
  if (fix && mayMend(examinations, yes)) {
    const mended = await mendFully(project, examinations);
    mended.changed.forEach((line) => complain(`✓ ${line}`));
    examinations = mended.examinations;
  }
  if (json) say(JSON.stringify(examinations.map(asJson), null, 2));
  else examinations.flatMap(inWords).forEach((line) => say(line));
  return exitCode(examinations);
}

/** On standard error, as all that is said beside the result: `--json` stays JSON. */
function mayMend(examinations: readonly Examination[], yes: boolean): boolean {
  planInWords(examinations).forEach((line) => complain(line));
  if (yes || !findingsOf(examinations).some(({ plan }) => plan !== undefined)) return yes;
  if (!Deno.stdin.isTerminal()) throw new Complaint("nobody is here to be asked: add --yes");
  return confirm("Go on?");
}

function asJson({ check, findings, skipped, blocked }: Examination) {
  return { check: check.title, findings, skipped, blocked };
}

function readWish(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        "fix": { type: "boolean", default: false },
        "yes": { type: "boolean", default: false },
        "json": { type: "boolean", default: false },
        "url": { type: "string" },
        "key": { type: "string" },
        "db-url": { type: "string" },
        "env-file": { type: "string" },
      },
    }).values;
  } catch (error) {
    throw error instanceof TypeError ? new Complaint(error.message) : error;
  }
}

try {
  Deno.exit(await main());
} catch (error) {
  complain(error instanceof Error ? error.message : String(error));
  Deno.exit(3);
}
