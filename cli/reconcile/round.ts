/** A whole round of `reconcile`, call after call, until there is no more. */

import { Complaint } from "../../local/terminal.ts";
import { passed } from "../../supabase/functions/_shared/passed.ts";

export const PARTS = ["missed", "failed", "objects", "pending"] as const;

export type PartName = typeof PARTS[number];

/** What each part of a round came to. */
export type Report = Record<PartName, { done: number; failed: number }>;

/** Where a round stands; null: it is done. */
export type Next = { part: PartName; after: string } | null;

interface Answer extends Partial<Report> {
  run: string;
  next: Next;
}

/** Which project, and how much is to be done. */
export interface RoundOptions {
  functionsUrl: string;
  secretKey: string;
  /** True: every event that is not here, and not only those that Stripe knows it could not deliver. */
  all: boolean;
  /** True: objects are read as well, whatever events there were. */
  objects?: boolean;
  /** True: everything is looked at, and nothing is changed. */
  isRehearsal?: boolean;
}

/** A round that is done: its name, for `readChanges`, and what it came to. */
export interface Round {
  run: string;
  report: Report;
}

/** How often a call that found the project busy, or was cut off, is made again. */
const ATTEMPTS = 5;

/** Seconds of one call: the progress bar moves as often. */
const SECONDS = 10;

/** Busy, or a worker that the platform ended: what was done is done, the rest is requested again. */
const AGAIN: ReadonlySet<number> = new Set([502, 503, 504, 546]);

/** Runs a round; `watch` gets what was done so far. Throws where the function refuses. */
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
  { functionsUrl, secretKey }: RoundOptions,
  path: string,
  body: object,
): Promise<Body> {
  for (let left = ATTEMPTS;; left--) {
    const response = await fetch(`${functionsUrl}/reconcile${path}`, {
      method: "POST",
      headers: { "apikey": secretKey, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) return await response.json();
    const problem = await problemOf(response);
    if (!AGAIN.has(response.status) || left <= 1) throw problem;
    await passed(1_000 * (Number(response.headers.get("retry-after")) || 2));
  }
}

/** Why the function refused, in the words of its problem document. */
async function problemOf(response: Response): Promise<Complaint> {
  const { status } = response;
  const { code, title, detail = title } = await response.json().catch(() => ({}));
  return typeof code === "string"
    ? new Complaint(`reconcile was refused: ${detail} (${status} ${code})`)
    : new Complaint(
      `reconcile did not answer as it should (HTTP ${status}): is it deployed there?`,
    );
}
