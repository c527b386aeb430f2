/** Goes through the checks, and mends. */

import { reasonOf } from "../../supabase/functions/_shared/problem.ts";
import type { Check, Finding } from "./check.ts";
import { CHECKS } from "./checks.ts";
import { STANDS_ASIDE } from "./checks/standing.ts";
import type { Project } from "./project.ts";

/** What became of one check. */
export interface Examination {
  check: Check;
  findings: Finding[];
  /** Why it was left out; null: it was not. */
  skipped: string | null;
  /** Why it could not look; null: it could. */
  blocked: string | null;
}

/** One after the other, in the order in which one thing breaks the next. */
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

/** All that was found, what explains the rest first. */
export function findingsOf(examinations: readonly Examination[]): Finding[] {
  return examinations.flatMap(({ findings }) => findings);
}

/** What one mend brings to light may take another: a table that is back is empty. */
const ROUNDS = 3;

/** Mends until there is nothing more that can be; answers what was changed, and how it is now. */
export async function mendFully(
  project: Project,
  before: readonly Examination[],
): Promise<{ changed: string[]; examinations: readonly Examination[] }> {
  const changed: string[] = [];
  let examinations = before;
  for (let round = 0; round < ROUNDS && hasPlan(examinations); round++) {
    changed.push(...await mendProject(project, examinations));
    examinations = await examineProject(project);
  }
  return { changed, examinations };
}

function hasPlan(examinations: readonly Examination[]): boolean {
  return findingsOf(examinations).some(({ plan }) => plan !== undefined);
}

/** Mends what can be; answers what was changed. */
export async function mendProject(
  project: Project,
  examinations: readonly Examination[],
): Promise<string[]> {
  const changed: string[] = [];
  for (const { check, findings } of examinations) {
    const planned = findings.filter(({ plan }) => plan !== undefined);
    if (planned.length > 0) changed.push(...await check.mend?.(project, planned) ?? []);
  }
  return changed;
}
