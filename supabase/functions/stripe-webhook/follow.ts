import type { Background } from "../_shared/background.ts";
import { type FetchObject, type Wanted, wantedBy } from "../_shared/stripe/fetching.ts";
import type { LogLine } from "../_shared/log.ts";
import { passed } from "../_shared/passed.ts";
import { pacing } from "../_shared/stripe/pacing.ts";
import { reasonOf } from "../_shared/problem.ts";
import type { Door } from "../_shared/rpc.ts";
import type { Deliver } from "./batch.ts";

/** Reads objects again, after the answer. Never throws and never waits. */
export type Follow = (wanted: readonly Wanted[]) => void;

/** All that following knows of the outside. */
export interface FollowDeps {
  fetchObject: FetchObject;
  deliver: Deliver;
  background: Background;
  write: (line: LogLine) => void;
}

export const RHYTHM = {
  /** Reads at once: half of what Stripe is asked at once is left to what an answer waits for. */
  atOnce: 2,
  /** Objects remembered; what does not fit comes back when its next event does. */
  most: 1_000,
  /** Milliseconds before a second reading: a tie is settled only by a later second than its own. */
  pause: 2_000,
  /** Milliseconds for which an object then rests, whoever wants it. */
  rest: 15_000,
};

interface Job {
  /** Somebody wanted it while it was being read: what was read may be older than the wish. */
  isWantedAgain: boolean;
  /** Null: it is being read. */
  restsUntil: number | null;
}

/** Reads each object once, and once more where that failed or settled nothing; then lets it go. */
export function following(deps: FollowDeps, rhythm = RHYTHM): Follow {
  const jobs = new Map<string, Job>();
  const inTurn = pacing({ atOnce: rhythm.atOnce, attempts: 1, longestPause: 0 }, () => null);

  function readNow(wanted: Wanted, job: Job): Promise<boolean> {
    return inTurn(() => {
      job.isWantedAgain = false; // whoever wanted it until now gets what is read now
      return readOnce(wanted, deps);
    });
  }

  async function work(wanted: Wanted, job: Job): Promise<void> {
    await passed(0); // the answer goes out first
    const isDelivered = await readNow(wanted, job);
    if (!isDelivered || job.isWantedAgain) {
      await passed(rhythm.pause);
      await readNow(wanted, job);
    }
    job.restsUntil = performance.now() + rhythm.rest;
  }

  return (all) => {
    if (jobs.size >= rhythm.most) forgetRested(jobs);
    for (const wanted of all) {
      const key = [wanted.account, wanted.id, wanted.itself].join("/");
      const known = jobs.get(key);
      if (known !== undefined && !isRested(known)) known.isWantedAgain = true;
      else if (jobs.size < rhythm.most) {
        const job: Job = { isWantedAgain: false, restsUntil: null };
        jobs.set(key, job);
        deps.background(work(wanted, job));
      }
    }
  };
}

/** The door, and what it wants to be read again is followed. */
export function followed(door: Door, follow: Follow): Door {
  return async (events, signal) => {
    const outcomes = await door(events, signal);
    follow(outcomes.flatMap(({ fetch }) => fetch ?? []).map(wantedBy));
    return outcomes;
  };
}

/** Whether what Stripe said is delivered. Never throws: what failed is still open in Postgres. */
async function readOnce(
  wanted: Wanted,
  { fetchObject, deliver, write }: FollowDeps,
): Promise<boolean> {
  const started = performance.now();
  const line: LogLine = { object_id: wanted.id };
  let isDelivered = false;
  try {
    const events = await fetchObject(wanted);
    if (events.length === 0) line.code = "nothing_there";
    for (const event of events) {
      line.event_id = event.id;
      const { outcome, detail } = await deliver(event);
      line.outcome = outcome;
      if (detail !== null) line.code = detail;
    }
    isDelivered = true;
  } catch (error) {
    line.code = reasonOf(error);
  }
  write({ ...line, ms: Math.round(performance.now() - started) });
  return isDelivered;
}

function isRested({ restsUntil }: Job): boolean {
  return restsUntil !== null && restsUntil <= performance.now();
}

function forgetRested(jobs: Map<string, Job>): void {
  for (const [key, job] of jobs) if (isRested(job)) jobs.delete(key);
}
