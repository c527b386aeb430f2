/** Runs the checks, and fixes what they find. */

import type { Way } from "../../diagnosis/cause.ts";
import { byOrder, causeOf } from "../../diagnosis/codes.ts";
import { reasonOf } from "../../supabase/functions/_shared/problem.ts";
import { watched } from "../progress_bar.ts";
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
  /** Why it was skipped; null: it was not. */
  skipped: string | null;
  /** Why it failed; null: it did not. */
  blocked: string | null;
}

/** One after the other, because an early finding may cause later ones. */
export async function examineProject(
  project: Project,
  checks: readonly Check[] = CHECKS,
): Promise<Examination[]> {
  const done: Examination[] = [];
  try {
    for (const check of checks) {
      project.watch({ title: check.title, done: done.length, total: checks.length });
      const skipped = reasonToSkip(check, findingsOf(done));
      done.push(
        skipped === null
          ? await examineOne(check, project)
          : { check, findings: [], skipped, blocked: null },
      );
    }
  } finally {
    project.watch(null);
  }
  return done;
}

/** What was found before may make a check pointless; null: it does not. */
function reasonToSkip({ isOfThisVersion }: Check, before: readonly Finding[]): string | null {
  const codes = new Set(before.map(({ code }) => code));
  if (codes.has("stands_aside")) return "Sesame stands aside";
  const isOther = codes.has("version_older") || codes.has("version_newer");
  return isOther && isOfThisVersion === true ? "the database has another version" : null;
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

/** The code of Postgres or Stripe if there is one: a message may contain secrets. */
function reasonFor(error: unknown): string {
  const { code, type } = error as { code?: unknown; type?: unknown };
  const word = [code, type].find((word) => typeof word === "string");
  return word === undefined || word === "internal" ? reasonOf(error) : String(word);
}

/** All findings. Findings that explain others come first. */
export function findingsOf(examinations: readonly Examination[]): Finding[] {
  return examinations.flatMap(({ findings }) => findings);
}

/** One fix may need another: a table that was created again is empty. */
const ROUNDS = 3;

/** Fixes until nothing more can be fixed. Returns the changes, and the findings that remain. */
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

/** Fixes what can be fixed. Returns the changes. */
export async function fixProject(
  project: Project,
  examinations: readonly Examination[],
): Promise<string[]> {
  const changed: string[] = [];
  for (const { check, findings } of examinations) {
    for (const [way, fix] of Object.entries(FIXES)) {
      const planned = plannedOf(findings).filter(({ code }) => causeOf(code).fixedBy === way);
      if (planned.length === 0) continue;
      const title = `repairing: ${check.title}`;
      changed.push(...await watched(project.watch, title, () => fix(project, check, planned)));
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
