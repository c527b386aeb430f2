/** A check examines one part of a project, returns findings, and may fix them. */

import type { Known } from "../../diagnosis/fill_command.ts";
import type { Project } from "./project.ts";
import { task } from "../../diagnosis/task_command.ts";

/** Something that is not as it should be. */
export interface Finding {
  /** A code of the table of causes. */
  code: string;
  /** The object, event or variable that it is about. Never a value, never a person. */
  about: string;
  /** All of them, where `about` only says how many. */
  each?: readonly string[];
  /** True where `each` names members: they are listed only with --verbose. */
  ofMembers?: boolean;
  /** What `--fix` would do about it; absent: nothing. */
  plan?: string;
  /** What the command of the fix needs, for the first few. */
  known?: readonly Known[];
  /** The same as statements to paste. */
  sql?: readonly string[];
}

/** Why a check cannot be made here; null: it can. */
export type Need = (project: Project) => string | null;

export interface Check {
  title: string;
  needs: readonly Need[];
  look(project: Project): Promise<Finding[]>;
  /** Does what the findings' plans say; returns what it changed, line by line. */
  fix?(project: Project, findings: readonly Finding[]): Promise<string[]>;
}

export const DATABASE: Need = ({ dbUrl }) => dbUrl === null ? "no SUPABASE_DB_URL was given" : null;

export const STRIPE: Need = ({ stripe }) =>
  stripe === null ? "no STRIPE_SECRET_KEY was given" : null;

export const WEBHOOK_SECRET: Need = ({ webhookSecret }) =>
  webhookSecret === null ? "no STRIPE_WEBHOOK_SECRET was given" : null;

/** Stripe itself reaches no function on this machine: there the Stripe CLI brings the events. */
export const REACHABLE: Need = ({ stripe, functionsUrl }) =>
  isLoopback(functionsUrl) && stripe !== null && !isLoopback(stripe.origin)
    ? `Stripe reaches no local stack; ${task("dev --listen")} brings its events`
    : null;

function isLoopback(url: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}
