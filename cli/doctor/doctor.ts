/** Makes the checks one after the other, and fixes what they find. */

import { reasonOf } from "../../supabase/functions/_shared/problem.ts";
import type { Check, Finding } from "./check.ts";
import { CHECKS } from "./checks.ts";
import { STANDS_ASIDE } from "./checks/standing.ts";
import type { Project } from "./project.ts";

/** The result of one check. */
export interface Examination {
  check: Check;
  findings: Finding[];
  /** Why it was skipped; null: it was not. */
  skipped: string | null;
  /** Why it could not be made; null: it could. */
  blocked: string | null;
}

/** One after the other, in the order in which one problem causes the next. */
export async function examineProject(
  project: Project,
  checks: readonly Check[] = CHECKS,
): Promise<Examination[]> {
  const done: Examination[] = [];
  for (const check of checks) {
    done.push(
      findingsOf(done).some(({ code }) => code === STANDS_ASIDE)
        ? { check, findings: [], skipped: "Sesame stands aside", blocked: null }
        : await examineOne(check, project),
    );
  }
  return done;
}

async function examineOne(check: Check, project: Project): Promise<Examination> {
  const skipped = check.needs.map((need) => need(project)).find((reason) => reason !== null) ??
    null;
  if (skipped !== null) return { check, findings: [], skipped, blocked: null };
  try {
    return { check, findings: await check.look(project), skipped, blocked: null };
  } catch (error) {
    return { check, findings: [], skipped, blocked: causeOf(error) };
  }
}

/** A code of Postgres or Stripe where there is one: a message may hold anything. */
function causeOf(error: unknown): string {
  const { code, type } = error as { code?: unknown; type?: unknown };
  const word = [code, type].find((word) => typeof word === "string");
  return word === undefined || word === "internal" ? reasonOf(error) : String(word);
}

/** All findings, causes first. */
export function findingsOf(examinations: readonly Examination[]): Finding[] {
  return examinations.flatMap(({ findings }) => findings);
}

/** One fix may reveal the next problem: a table that was made again is empty. */
const ROUNDS = 3;

/** Fixes until nothing more can be fixed; returns what was changed, and the examinations after it. */
export async function fixFully(
  project: Project,
  before: readonly Examination[],
): Promise<{ changed: string[]; examinations: readonly Examination[] }> {
  const changed: string[] = [];
  let examinations = before;
  for (let round = 0; round < ROUNDS && hasPlan(examinations); round++) {
    changed.push(...await fixProject(project, examinations));
    examinations = await examineProject(project);
  }
  return { changed, examinations };
}

function hasPlan(examinations: readonly Examination[]): boolean {
  return findingsOf(examinations).some(({ plan }) => plan !== undefined);
}

/** Fixes what can be fixed; returns what was changed. */
export async function fixProject(
  project: Project,
  examinations: readonly Examination[],
): Promise<string[]> {
  const changed: string[] = [];
  for (const { check, findings } of examinations) {
    const planned = findings.filter(({ plan }) => plan !== undefined);
    if (planned.length > 0) changed.push(...await check.fix?.(project, planned) ?? []);
  }
  return changed;
}
