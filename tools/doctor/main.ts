/**
 * Looks a whole project over:
 *
 *     deno task doctor [--fix] [--json] [--url https://….supabase.co --key sb_secret_…] [--db-url …]
 *
 * Without --url it is the stack that runs here. With STRIPE_SECRET_KEY in the environment the endpoint at
 * Stripe is looked at too. Exit code 0: all well; 1: warnings; 2: errors; 3: something could not be looked at.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { complain, Complaint, say } from "../../local/terminal.ts";
import { type Examination, examineProject, findingsOf, mendProject } from "./doctor.ts";
import { openProject } from "./open_project.ts";
import { inWords, planInWords } from "./in_words.ts";
import { isError } from "./severity.ts";

async function main(): Promise<number> {
  const { fix, json, ...given } = readWish(Deno.args);
  const project = await openProject({ url: given.url, key: given.key, dbUrl: given["db-url"] });
  let examinations = await examineProject(project);
  if (fix) {
    planInWords(examinations).forEach((line) => say(line));
    (await mendProject(project, examinations)).forEach((line) => say(`✓ ${line}`));
    examinations = await examineProject(project);
  }
  if (json) say(JSON.stringify(examinations.map(asJson), null, 2));
  else examinations.flatMap(inWords).forEach((line) => say(line));
  return exitCode(examinations);
}

function asJson({ check, findings, skipped, blocked }: Examination) {
  return { check: check.title, findings, skipped, blocked };
}

function exitCode(examinations: Examination[]): number {
  const findings = findingsOf(examinations);
  if (findings.some(isError)) return 2;
  if (examinations.some(({ blocked }) => blocked !== null)) return 3;
  return findings.length > 0 ? 1 : 0;
}

function readWish(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        "fix": { type: "boolean", default: false },
        "json": { type: "boolean", default: false },
        "url": { type: "string" },
        "key": { type: "string" },
        "db-url": { type: "string" },
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
