import type { Background } from "../_shared/background.ts";
import { type FetchObject, type Wanted, wantedBy } from "../_shared/stripe/fetching.ts";
import type { LogLine } from "../_shared/log.ts";
import { delay } from "../_shared/delay.ts";
import { pacing } from "../_shared/stripe/pacing.ts";
import { reasonOf } from "../_shared/problem.ts";
import type { Door } from "../_shared/rpc.ts";
import type { Deliver } from "./batch.ts";

/** Reads objects again, after the answer. Never throws and never waits. */
export type Follow = (wanted: readonly Wanted[]) => void;

/** The dependencies of following. */
export interface FollowDeps {
  fetchObject: FetchObject;
  deliver: Deliver;
  background: Background;
  write: (line: LogLine) => void;
}

export const RHYTHM = {
  /** How many reads run at once. The other half of the request limit is left for answers that wait. */
  atOnce: 2,
  /** The maximum number of remembered objects. Others are read when their next event comes. */
  most: 1_000,
  /** Milliseconds before a second reading: only a later second settles a tie. */
  pause: 2_000,
  /** Milliseconds for which an object is then not read again. */
  rest: 15_000,
};

interface Job {
  /** It was requested again during the read, so the result may be too old. */
  isWantedAgain: boolean;
  /** Null: it is being read. */
  restsUntil: number | null;
}

/** Reads each object once, and once more if that failed or it was requested again. */
export function following(deps: FollowDeps, rhythm = RHYTHM): Follow {
  const jobs = new Map<string, Job>();
  const paced = pacing({ atOnce: rhythm.atOnce, attempts: 1, longestPause: 0 }, () => null);

  function readNow(wanted: Wanted, job: Job): Promise<boolean> {
    return paced(() => {
      job.isWantedAgain = false; // the read that starts now answers all earlier requests
      return readOnce(wanted, deps);
    });
  }

  async function work(wanted: Wanted, job: Job): Promise<void> {
    await delay(0); // the answer goes out first
    const isDelivered = await readNow(wanted, job);
    if (!isDelivered || job.isWantedAgain) {
      await delay(rhythm.pause);
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

/** A door that also follows the objects which Postgres wants to read again. */
export function followed(door: Door, follow: Follow): Door {
  return async (events, signal) => {
    const outcomes = await door(events, signal);
    follow(outcomes.flatMap(({ fetch }) => fetch ?? []).map(wantedBy));
    return outcomes;
  };
}

/** Whether the object is read and delivered. Never throws: after a failure Postgres still wants it. */
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
