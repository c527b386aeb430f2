import { flag, oneOf, record, text, uuid, whole } from "../_shared/facts/json.ts";
import { invalid } from "../_shared/problem.ts";

/** Seconds of one call; the platform ends what takes 150. */
const SECONDS = { usual: 60, most: 100 };

/** In this order: what failed may have failed for want of what never came. */
const PARTS = ["missed", "failed", "objects", "pending"] as const;

export type PartName = typeof PARTS[number];

/** Where a round stands. */
export interface Next {
  part: PartName;
  after: string;
}

/** What a call is to do. */
export interface Options {
  /** Every event that our inbox lacks, and not only those that Stripe knows it could not deliver. */
  all: boolean;
  /** Objects are read as well, whatever events there were. */
  objects: boolean;
  /** Everything is looked at, and nothing is changed. */
  isRehearsal: boolean;
  /** How long it may take. */
  seconds: number;
  /** Which run it belongs to; null: a new one. */
  run: string | null;
  /** Null: a round begins. */
  next: Next | null;
}

/** `{all?, objects?, dry_run?, seconds?, run?, next?}`; `run` and `next` of an answer go on with a round. */
export function readOptions(body: Record<string, unknown>): Options {
  return {
    all: readFlag(body.all, "all"),
    objects: readFlag(body.objects, "objects"),
    isRehearsal: readFlag(body.dry_run, "dry_run"),
    seconds: readSeconds(body.seconds),
    run: readRun(body.run),
    next: readNext(body.next),
  };
}

/** The beginning of the part that comes after; null: there is none. */
export function partAfter(part: PartName, { objects }: Options): Next | null {
  const next = PARTS[PARTS.indexOf(part) + 1];
  if (next === undefined) return null;
  return next === "objects" && !objects
    ? { part: "pending", after: "" }
    : { part: next, after: "" };
}

/** A run's name, as a UUID. */
export function readRun(given: unknown): string | null {
  if (given === undefined || given === null) return null;
  const run = uuid(given);
  if (run === null) throw invalid("run must be what the last answer said.");
  return run;
}

function readFlag(given: unknown, name: string): boolean {
  const value = given === undefined ? false : flag(given);
  if (value === null) throw invalid(`${name} must be true or false.`);
  return value;
}

function readSeconds(given: unknown): number {
  const seconds = given === undefined ? SECONDS.usual : whole(given);
  if (seconds === null || seconds < 1 || seconds > SECONDS.most) {
    throw invalid(`seconds must be a whole number from 1 to ${SECONDS.most}.`);
  }
  return seconds;
}

/** An event of Stripe's; "": the newest. */
const EVENT = /^(evt_\w{1,251})?$/;

/** As `refund/re_1`, or of a connected account `acct_1/refund/re_1`; "": the beginning. */
const PLACE = /^((acct_\w+\/)?[a-z_.]+\/\w*)?$/;

/** What an answer may say of where a part stands. Of the others Postgres keeps ids as they came. */
const PLACES: Record<PartName, RegExp> = {
  missed: EVENT,
  failed: /^/,
  objects: PLACE,
  pending: /^/,
};

function readNext(given: unknown): Next | null {
  if (given === undefined || given === null) return null;
  const next = record(given);
  const part = oneOf(PARTS, next?.part);
  const after = next?.after === "" ? "" : text(next?.after);
  if (part === null || after === null || after !== next?.after || !PLACES[part].test(after)) {
    throw invalid("next must be what the last answer said. To begin a round, leave it out.");
  }
  return { part, after };
}
