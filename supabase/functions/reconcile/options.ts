import { flag, oneOf, record, text, uuid, whole } from "../_shared/facts/json.ts";
import { invalid } from "../_shared/problem.ts";

/** Seconds of one call. The platform ends a call after 150. */
const SECONDS = { usual: 60, most: 100 };

/** In this order, because a failed event may need a missed one. */
export const PARTS = ["missed", "failed", "objects", "pending", "unfolded"] as const;

export type PartName = typeof PARTS[number];

/** Where a round continues. */
export interface Next {
  part: PartName;
  after: string;
}

/** The options of a call. */
export interface Options {
  /** Every event that our inbox lacks, not only those that Stripe could not deliver. */
  all: boolean;
  /** All objects are read as well. */
  objects: boolean;
  /** The work is counted, and nothing is changed. */
  isRehearsal: boolean;
  /** How long it may take. */
  seconds: number;
  /** The run it belongs to; null: a new one. */
  run: string | null;
  /** Null: a round begins. */
  next: Next | null;
}

/** `{all?, objects?, dry_run?, seconds?, run?, next?}`; `run` and `next` of an answer continue a round. */
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

/** The beginning of the next part; null: this was the last. */
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
  if (run === null) throw invalid("run must be run of the last answer.");
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

/** What `after` may be in each part. In two of them it is any id that Postgres gave, in the last one a number. */
const PLACES: Record<PartName, RegExp> = {
  missed: EVENT,
  failed: /^/,
  objects: PLACE,
  pending: /^/,
  unfolded: /^\d{0,15}$/,
};

function readNext(given: unknown): Next | null {
  if (given === undefined || given === null) return null;
  const next = record(given);
  const part = oneOf(PARTS, next?.part);
  const after = next?.after === "" ? "" : text(next?.after);
  if (part === null || after === null || after !== next?.after || !PLACES[part].test(after)) {
    throw invalid("next must be next of the last answer. Leave it out to begin a round.");
  }
  return { part, after };
}
