/** A whole round of `reconcile`: call after call, until nothing is left to do. */

import { UserError } from "../../local/terminal.ts";
import { type FunctionsAddress, functionUrl } from "../project/function_url.ts";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import {
  type Next as Place,
  type PartName,
  PARTS,
} from "../../supabase/functions/reconcile/options.ts";

/** The results of each part of a round. */
export type Report = Record<PartName, { done: number; failed: number }>;

/** Where a round stands; null: it is done. */
export type Next = Place | null;

interface Answer extends Partial<Report> {
  run: string;
  next: Next;
}

/** The project, and the options of the round. */
export interface RoundOptions extends FunctionsAddress {
  secretKey: string;
  /** True: every missing event, and not only those that Stripe could not deliver. */
  all: boolean;
  /** True: all objects are read as well. */
  objects?: boolean;
  /** True: the work is counted, and nothing is changed. */
  isRehearsal?: boolean;
}

/** A finished round: its name, for `readChanges`, and its results. */
export interface Round {
  run: string;
  report: Report;
}

/** How often a call is repeated if the project was busy or the call was cut off. */
const ATTEMPTS = 5;

/** Seconds of one call: the progress bar moves as often. */
const SECONDS = 10;

/** The project is busy, or the platform ended the worker. The finished work stays, and the rest is requested again. */
const AGAIN: ReadonlySet<number> = new Set([502, 503, 504, 546]);

/** Runs a round; `watch` gets what was done so far. Throws if the function refuses. */
export async function runRound(
  options: RoundOptions,
  watch: (report: Report, next: Next) => void,
): Promise<Round> {
  const report = nothing();
  const { all, objects = false, isRehearsal: dry_run = false } = options;
  let run: string | undefined;
  let next: Next | undefined;
  while (next !== null) {
    const body = { all, objects, dry_run, seconds: SECONDS, run, next };
    const answer: Answer = await post(options, "", body);
    for (const part of PARTS) {
      report[part].done += answer[part]?.done ?? 0;
      report[part].failed += answer[part]?.failed ?? 0;
    }
    ({ run, next } = answer);
    watch(report, next);
  }
  return { run: run ?? "", report };
}

/** One access that a round opened or closed. */
export interface Change {
  user_id: string;
  module: string;
  change: "opened" | "closed";
  reason: string | null;
}

/** Which users gained or lost a module by a round, in total. */
export async function* readChanges(options: RoundOptions, run: string): AsyncGenerator<Change> {
  let after: number | null = 0;
  while (after !== null) {
    const page: { changes: Change[]; next: number | null } = await post(options, "/changes", {
      run,
      after,
    });
    yield* page.changes;
    after = page.next;
  }
}

function nothing(): Report {
  const none = PARTS.map((part) => [part, { done: 0, failed: 0 }]);
  return Object.fromEntries(none);
}

async function post<Body>(
  options: RoundOptions,
  path: string,
  body: object,
): Promise<Body> {
  for (let left = ATTEMPTS;; left--) {
    const response = await fetch(functionUrl(options, `reconcile${path}`), {
      method: "POST",
      headers: { "apikey": options.secretKey, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) return await response.json();
    const problem = await problemOf(response);
    if (!AGAIN.has(response.status) || left <= 1) throw problem;
    await delay(1_000 * (Number(response.headers.get("retry-after")) || 2));
  }
}

/** The refusal of the function, from its problem document. */
async function problemOf(response: Response): Promise<UserError> {
  const { status } = response;
  const { code, title, detail = title } = await response.json().catch(() => ({}));
  return typeof code === "string"
    ? new UserError(`reconcile was refused: ${detail} (${status} ${code})`)
    : new UserError(
      `reconcile did not answer as it should (HTTP ${status}): is it deployed there?`,
    );
}
