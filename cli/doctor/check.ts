/** What a check is: it looks, it finds, and it may mend what it found. */

import { isLoopback } from "../../supabase/functions/_shared/env.ts";
import type { Known } from "../../diagnosis/fill_command.ts";
import type { Project } from "./project.ts";
import { task } from "../../diagnosis/task_command.ts";

/** Something that is not as it should be. */
export interface Finding {
  /** As in the table of causes. */
  code: string;
  /** Which one: an object, an event, a variable. Never a value, never a person. */
  about: string;
  /** Every one of them, where `about` only says how many. */
  each?: readonly string[];
  /** True where `each` names members: people are listed only where somebody asks for it. */
  ofMembers?: boolean;
  /** What `--fix` would do about this one; absent: nothing. */
  plan?: string;
  /** What the command of the fix needs, of the first few that this is about. */
  known?: readonly Known[];
  /** The same as statements to paste. */
  sql?: readonly string[];
}

/** Why a check can not be made here; null: it can. */
export type Need = (project: Project) => string | null;

export interface Check {
  title: string;
  needs: readonly Need[];
  look(project: Project): Promise<Finding[]>;
  /** Does what the findings' plans say; answers what it changed, line by line. */
  mend?(project: Project, findings: readonly Finding[]): Promise<string[]>;
}

export const DATABASE: Need = ({ dbUrl }) => dbUrl === null ? "no SUPABASE_DB_URL was given" : null;

export const STRIPE: Need = ({ stripe }) =>
  stripe === null ? "no STRIPE_SECRET_KEY was given" : null;

export const WEBHOOK_SECRET: Need = ({ webhookSecret }) =>
  webhookSecret === null ? "no STRIPE_WEBHOOK_SECRET was given" : null;

/** Stripe itself reaches no function on this machine: there the Stripe CLI brings the events. */
export const REACHABLE: Need = ({ stripe, functionsUrl }) =>
  leadsHere(functionsUrl) && stripe !== null && !leadsHere(stripe.origin)
    ? `Stripe reaches no local stack; ${task("dev --listen")} brings its events`
    : null;

function leadsHere(url: string): boolean {
  return isLoopback(new URL(url).hostname);
}
