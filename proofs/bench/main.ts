/**
 * `deno task bench`. Every figure stands beside one measured in the same run, and only their ratio means something:
 * the figures themselves belong to the machine, and change with its other work.
 *
 * @module
 */

import { command } from "../../cli/frame.ts";
import { flag, positive, value, withDefault } from "../../cli/options.ts";
import { Complaint, say } from "../../local/terminal.ts";
import { measureColdStart } from "./cold_start.ts";
import { measureContent } from "./content.ts";
import { measureCounts } from "./counts.ts";
import { measureFlatness } from "./flatness.ts";
import { measureReads } from "./reads.ts";
import { measureRuns } from "./runs.ts";
import { openSite } from "./site.ts";
import { measureTokens } from "./tokens.ts";
import { measureWebhooks } from "./webhooks.ts";

interface Options {
  /** How long each figure of the load is measured, in seconds. */
  seconds: number;
  /** How many accesses are stored where a large database is measured. */
  rows: number;
  pgbench: boolean;
}

/** How many rows of content a policy is measured on. */
const LESSONS = 1_000_000;

/** How many tokens are inserted at once. */
const TOKENS = 1_000_000;

const PARTS: Record<string, (options: Options) => Promise<void>> = {
  async counts() {
    await using site = await openSite();
    print(
      "What one event costs, counted: calls of the RPC, commits that write, WAL",
      await measureCounts(site),
    );
  },
  async runs() {
    print(
      "Statements that the executor runs for one event, those inside functions included",
      await measureRuns(),
    );
  },
  async webhooks({ seconds, pgbench }) {
    await using site = await openSite();
    const mix = { seconds, pgbench, doors: ["api", "direct"], floor: true } as const;
    print(
      "Webhooks, mixed lifecycles: signed deliveries through the function, against the bare RPC",
      await measureWebhooks(site, "mix", [1, 16, 64], mix),
    );
    const alone = { ...mix, pgbench: false, doors: ["direct"], floor: false } as const;
    for (const story of ["checkout", "updated", "invoice"] as const) {
      print(`The same, ${story} alone`, await measureWebhooks(site, story, [16], alone));
    }
  },
  async flatness({ seconds, rows }) {
    print(
      `The same webhooks with ${rows} accesses stored, against an empty database`,
      await measureFlatness(rows, seconds),
    );
  },
  async reads({ rows }) {
    print(
      `Reads of one member among ${rows} accesses, against the bare indexed read`,
      await measureReads(rows),
    );
  },
  async content({ rows }) {
    print(
      `${LESSONS} rows of content under a policy, with ${rows} accesses, against the same without`,
      await measureContent(LESSONS, rows),
    );
  },
  async tokens() {
    print(
      `${TOKENS} tokens carried into access, against the plain insert of the same`,
      await measureTokens(TOKENS),
    );
  },
  async cold() {
    print("From nothing to the first 200", await measureColdStart());
  },
};

const bench = command({
  name: "bench",
  summary: "Measure what an event, a read and a backfill cost, each against a bare one",
  details: `The parts are ${Object.keys(PARTS).join(", ")}.`,
  options: {
    seconds: withDefault(
      value("<number>", "how long each figure of the load is measured", positive),
      "2",
    ),
    rows: withDefault(
      value("<number>", "how many accesses a large database has", positive),
      "100000",
    ),
    only: value("<parts>", "only these parts, separated by commas", readParts),
    pgbench: flag("add pgbench's own figures; it has to be installed"),
  },
  examples: ["", "--only webhooks,reads --seconds 5"],
  exitCodes: ["all was measured"],
  async run({ options: { only = Object.keys(PARTS), ...options } }) {
    for (const part of only) await PARTS[part]?.(options);
    return 0;
  },
});

function readParts(text: string): string[] {
  const parts = text.split(",");
  const unknown = parts.find((part) => !(part in PARTS));
  if (unknown === undefined) return parts;
  throw new Complaint(`There is no part ${unknown}; there are ${Object.keys(PARTS).join(", ")}`);
}

function print(title: string, table: string): void {
  say(title, "", ...table.split("\n"), "");
}

if (import.meta.main) await bench.runAndExit();
