/** Runs the checks, and fixes what they find. */

import type { Way } from "../../diagnosis/cause.ts";
import { byOrder, causeOf } from "../../diagnosis/codes.ts";
import { reasonOf } from "../../supabase/functions/_shared/problem.ts";
import type { Check, Finding } from "./check.ts";
import { CHECKS } from "./checks.ts";
import { counted } from "./counted.ts";
import { refold } from "./examine.ts";
import type { Project } from "./project.ts";
import { reconcile } from "./reconcile.ts";

/** The result of one check. */
export interface Examination {
  check: Check;
  findings: Finding[];
  /** Why it did not run; null: it ran. */
  skipped: string | null;
  /** Why it could not be made; null: it could. */
  blocked: string | null;
}

/** One after the other: what is found first may cause the rest. */
export async function examineProject(
  project: Project,
  checks: readonly Check[] = CHECKS,
): Promise<Examination[]> {
  const done: Examination[] = [];
  for (const check of checks) {
    done.push(
      findingsOf(done).some(({ code }) => code === "stands_aside")
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
    const findings = (await check.look(project)).sort(byOrder);
    return { check, findings, skipped, blocked: null };
  } catch (error) {
    return { check, findings: [], skipped, blocked: reasonFor(error) };
  }
}

/** The code of Postgres or Stripe where there is one: a message may contain secrets. */
function reasonFor(error: unknown): string {
  const { code, type } = error as { code?: unknown; type?: unknown };
  const word = [code, type].find((word) => typeof word === "string");
  return word === undefined || word === "internal" ? reasonOf(error) : String(word);
}

/** All that was found; what explains the rest comes first. */
export function findingsOf(examinations: readonly Examination[]): Finding[] {
  return examinations.flatMap(({ findings }) => findings);
}

/** One fix may reveal what another one has to fix: a table that was created again is empty. */
const ROUNDS = 3;

/** Fixes until no more can be fixed; answers what was changed, and how the project is now. */
export async function fixFully(
  project: Project,
  before: readonly Examination[],
): Promise<{ changed: string[]; examinations: readonly Examination[] }> {
  const changed: string[] = [];
  let examinations = before;
  for (let round = 0; round < ROUNDS && plannedOf(findingsOf(examinations)).length > 0; round++) {
    changed.push(...await fixProject(project, examinations));
    examinations = await examineProject(project);
  }
  return { changed, examinations };
}

/** Fixes what can be fixed; answers what was changed. */
export async function fixProject(
  project: Project,
  examinations: readonly Examination[],
): Promise<string[]> {
  const changed: string[] = [];
  for (const { check, findings } of examinations) {
    for (const [way, fix] of Object.entries(FIXES)) {
      const planned = plannedOf(findings).filter(({ code }) => causeOf(code).fixedBy === way);
      if (planned.length > 0) changed.push(...await fix(project, check, planned));
    }
  }
  return changed;
}

type Fix = (project: Project, check: Check, planned: readonly Finding[]) => Promise<string[]>;

/** Each way to fix something, in the order in which they are done. */
const FIXES: Record<Way, Fix> = {
  check: async (project, check, planned) => await check.fix?.(project, planned) ?? [],
  reconcile: async (project) => [await reconcile(project)],
  refold: async (project) => {
    const changed = counted(await refold(project), "access", "accesses");
    return [`derived grants and access again: that changed ${changed}`];
  },
};

export function plannedOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ plan }) => plan !== undefined);
}
