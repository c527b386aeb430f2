/** What a check is: it looks, it finds, and it may fix what it found. */

import type { Code } from "../../diagnosis/codes.ts";
import { isLoopback } from "../../supabase/functions/_shared/env.ts";
import type { Known } from "../../diagnosis/fill_command.ts";
import type { Project } from "./project.ts";
import { task } from "../../diagnosis/task_command.ts";

/** Something that is not as it should be. */
export interface Finding {
  code: Code;
  /** Which one: an object, an event, a variable. Never a value, never a person. */
  about: string;
  /** All of them, where `about` only says how many. */
  each?: readonly string[];
  /** True where `each` names members: they are listed only on request. */
  ofMembers?: boolean;
  /** What `--fix` would do about this one; absent: it cannot fix it here. Only for codes that are `fixedBy` something. */
  plan?: string;
  /** What the command of the fix needs, for the first few examples. */
  known?: readonly Known[];
  /** The same as statements to paste. */
  sql?: readonly string[];
}

/** Why a check cannot run here; null: it can. */
export type Need = (project: Project) => string | null;

export interface Check {
  title: string;
  /** All that it may find. The checks run in the order of these codes. */
  codes: readonly Code[];
  needs: readonly Need[];
  look(project: Project): Promise<Finding[]>;
  /** Does what the plans of the findings say, where a code is `fixedBy: "check"`; answers what it changed. */
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
