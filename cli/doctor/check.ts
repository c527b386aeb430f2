/** A check of the doctor: it examines the project, returns findings, and may fix them. */

import type { Code } from "../../diagnosis/codes.ts";
import { isLoopback } from "../../supabase/functions/_shared/env.ts";
import type { Known } from "../../diagnosis/fill_command.ts";
import type { Project } from "./project.ts";
import { task } from "../../diagnosis/task_command.ts";

/** Something that is not as it should be. */
export interface Finding {
  code: Code;
  /** The object, event or variable it is about. Never a value, never a person. */
  about: string;
  /** All names, if `about` only has their number. */
  each?: readonly string[];
  /** True if `each` names members: they are listed only on request. */
  ofMembers?: boolean;
  /** The plan of `--fix` for this finding; absent: it cannot fix it here. Only for codes with `fixedBy`. */
  plan?: string;
  /** The values for the command of the fix, for the first few examples. */
  known?: readonly Known[];
  /** The same as statements to paste. */
  sql?: readonly string[];
}

/** Why a check cannot run here; null: it can. */
export type Need = (project: Project) => string | null;

export interface Check {
  title: string;
  /** All codes that it may find. The checks run in the order of these codes. */
  codes: readonly Code[];
  needs: readonly Need[];
  /** It compares the project with this version, so it is skipped where the database has another. */
  isOfThisVersion?: true;
  look(project: Project): Promise<Finding[]>;
  /** Carries out the plans of findings with `fixedBy: "check"`. Returns what it changed. */
  fix?(project: Project, findings: readonly Finding[]): Promise<string[]>;
}

export const DATABASE: Need = ({ dbUrl }) => dbUrl === null ? "no SUPABASE_DB_URL was given" : null;

export const STRIPE: Need = ({ stripe }) =>
  stripe === null ? "no STRIPE_SECRET_KEY was given" : null;

export const WEBHOOK_SECRET: Need = ({ webhookSecret }) =>
  webhookSecret === null ? "no STRIPE_WEBHOOK_SECRET was given" : null;

/** Stripe cannot reach a function on this machine. There the Stripe CLI delivers the events. */
export const REACHABLE: Need = ({ stripe, functionsUrl }) =>
  leadsHere(functionsUrl) && stripe !== null && !leadsHere(stripe.origin)
    ? `Stripe cannot reach a local stack; ${task("dev --listen")} delivers its events`
    : null;

function leadsHere(url: string): boolean {
  return isLoopback(new URL(url).hostname);
}
