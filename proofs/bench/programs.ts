/** The programs of the bench: what each measures, and how its table is to be read. */

import { measureBurst } from "./burst.ts";
import { measureCeiling } from "./ceiling.ts";
import { measureColdStart } from "./cold_start.ts";
import { measureContent } from "./content.ts";
import { measureCounts } from "./counts.ts";
import { measureFlatness } from "./flatness.ts";
import { measureFolds } from "./folds.ts";
import { measureFirstCalls, measureStorms } from "./fresh.ts";
import { measureProcesses, measureTypes } from "./peers.ts";
import { measurePriced } from "./priced.ts";
import { measureReadRates } from "./read_rates.ts";
import { measureReads } from "./reads.ts";
import { measureRenewals } from "./renewals.ts";
import { measureRuns } from "./runs.ts";
import { openSite } from "./site.ts";
import { measureTokens } from "./tokens.ts";
import { measureVerifiedStart } from "./verified_start.ts";
import { measureWebhooks } from "./webhooks.ts";

/** The size and length of the measurements. */
export interface Options {
  /** How long a turn of load is, in seconds. */
  seconds: number;
  /** How often each contender takes its turn. */
  turns: number;
  /** How many accesses a large database has. */
  rows: number;
  /** How many rows of content a policy is measured with. */
  lessons: number;
  /** How many tokens are inserted at once. */
  tokens: number;
  /** How many objects the largest fold touches. */
  objects: number;
  /** How many renewals a large and a small database get while their rates are compared. */
  renewals: number;
  /** The burst: how many subscriptions are renewed, among how many stored members. */
  subscriptions: number;
  stored: number;
  /** The numbers of requests in flight. */
  crowds: number[];
  /** Over how many processes a burst is spread. */
  processes: number;
}

/** What is measured, and how. */
interface Program {
  title(options: Options): string;
  /** What one must know to read the table. */
  note: string;
  measure(options: Options): Promise<string>;
}

const STORIES =
  "mix: purchases and subscriptions; checkout, updated, invoice: only that type of event.";
const PEER =
  "The peer mirrors Stripe's objects and decides no access. Its tables are emptied before each turn.";

/** The programs, in the order in which they run. */
export const PROGRAMS: Record<string, Program> = {
  counts: {
    title: () => "What one event costs, counted: calls of the RPC, commits that write, WAL",
    note:
      'For each event, one process. "again": the same events a second time. Page images are counted in bytes.',
    async measure() {
      await using site = await openSite();
      return await measureCounts(site);
    },
  },
  runs: {
    title: () => "Statements that the executor runs for one event, those inside functions included",
    note: `One event in each call. ${STORIES}`,
    measure: () => measureRuns(),
  },
  webhooks: {
    title: () => "Mixed webhooks through the function, against the same RPC over one connection",
    note:
      '"rpc": process_stripe_events with one event in each call, without the function. µs: CPU for each event.',
    async measure({ crowds, ...pace }) {
      await using site = await openSite();
      return await measureWebhooks(site, crowds, pace);
    },
  },
  peer: {
    title: () => "Webhooks by type, one process, against the peer in the same server",
    note: `${STORIES} ${PEER}`,
    measure: ({ crowds, ...pace }) => measureTypes(crowds, pace),
  },
  processes: {
    title: () => "Mixed webhooks spread over several processes, against the peer",
    note: PEER,
    measure: ({ crowds, processes, ...pace }) =>
      measureProcesses(spreadsOf(Math.max(...crowds), processes), pace),
  },
  ceiling: {
    title: () => "The ceiling: an RPC that decides nothing, and one that does nothing",
    note:
      '"inbox row only" stores the event and decides nothing. "empty RPC" does nothing. Both are behind the same function.',
    measure: ({ crowds, processes, ...pace }) =>
      measureCeiling([...crowds.map(onOne), [Math.max(...crowds), processes]], pace),
  },
  priced: {
    title: () => "Purchases that only their prices identify, with Stripe stubbed",
    note:
      "Sesame asks Stripe about these purchases before it answers. The peer asks about the lines of each checkout.",
    measure: ({ crowds, ...pace }) => measurePriced([0, 50], crowds, pace),
  },
  fresh: {
    title: () => "The first call of a fresh connection",
    note:
      "A connection plans each statement at its first call, or while it is idle. The medians, with the range in brackets.",
    measure: ({ turns }) => measureFirstCalls(turns),
  },
  storm: {
    title: () => "Fresh connections that all call at once, one event each",
    note:
      "All connections are open, and none has called yet. Each row is one storm. A refused call is not tried again.",
    measure: ({ turns }) => measureStorms([32, 64], turns),
  },
  burst: {
    title: ({ subscriptions, stored, processes }) =>
      `Renewals of ${subscriptions} subscriptions among ${stored} stored members, over ${processes} processes`,
    note: "It starts right after a checkpoint, and is shown in ten parts. No call is tried again.",
    measure: ({ crowds, ...size }) => measureBurst({ ...size, inFlight: Math.max(...crowds) }),
  },
  flatness: {
    title: ({ rows }) => `Webhooks of new customers with ${rows} accesses stored, against none`,
    note:
      '"full" has the stored accesses. The events are of customers who are new in both databases.',
    measure: ({ rows, ...pace }) => measureFlatness(rows, pace),
  },
  renewals: {
    title: ({ rows }) =>
      `Renewals with ${rows} accesses stored, 16 in flight: rate, WAL with full page images, HOT`,
    note: "Both events of each renewal, through one process. A HOT update writes no index.",
    measure: ({ rows, renewals }) => measureRenewals(rows, renewals),
  },
  reads: {
    title: ({ rows }) =>
      `Reads of one member among ${rows} accesses, against the bare indexed read`,
    note: '"bare" reads the same rows by key, without policies and functions.',
    measure: ({ rows }) => measureReads(rows),
  },
  rates: {
    title: ({ rows }) => `The same reads over eight connections, with ${rows} accesses`,
    note: 'Calls by pgbench. "bare" reads the same rows by key, without policies and functions.',
    measure: ({ rows, ...pace }) => measureReadRates(rows, pace),
  },
  content: {
    title: ({ rows, lessons }) =>
      `${lessons} rows of content under a policy, with ${rows} accesses, against the same without`,
    note: '"without" reads the same rows without a policy, and names the modules itself.',
    measure: ({ rows, lessons }) => measureContent(lessons, rows),
  },
  tokens: {
    title: ({ tokens }) =>
      `${tokens} tokens carried into access, against plain inserts of the same rows`,
    note:
      "Sesame writes three tables, so the last column is the fair one. Below 1× is faster than the yardstick.",
    measure: ({ tokens }) => measureTokens(tokens),
  },
  folds: {
    title: () => "One change that touches n objects, folded at once",
    note:
      '"CPU µs each" is for each of the n objects. It stays the same where the time grows with n and no faster.',
    measure: ({ objects }) =>
      measureFolds([16, 8, 4, 2, 1].map((part) => Math.ceil(objects / part))),
  },
  verified: {
    title: () => "From nothing to the first verified answer, without a database",
    note: "The function rejects the body after it has verified the signature.",
    measure: ({ turns }) => measureVerifiedStart(turns),
  },
  cold: {
    title: () => "From nothing to the first acknowledged event",
    note: "From the start of the process to the first answer 2xx, with the event committed.",
    measure: ({ turns }) => measureColdStart(turns),
  },
};

/** All of the load on 1, 4, … processes; and the smaller crowd of a quiet shop on as many as the burst has. */
function spreadsOf(inFlight: number, processes: number): [number, number][] {
  const fewer = [1, Math.ceil(processes / 4)].filter((count) => count < processes);
  return [...fewer, processes].map((count): [number, number] => [inFlight, count])
    .concat([[Math.ceil(inFlight / 4), processes]]);
}

function onOne(inFlight: number): [number, number] {
  return [inFlight, 1];
}
