/**
 * `deno task bench [--seconds 2] [--rows 100000] [--only webhooks,counts,runs,flatness,reads,content,tokens,cold] [--pgbench]`
 *
 * Every figure stands beside one measured in the same run, and only their ratio means something: the
 * figures themselves are the machine's, and change with whatever else it does.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Complaint, runProgram, say } from "../../local/terminal.ts";
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

async function bench(): Promise<number> {
  const { only, ...options } = readFlags(Deno.args);
  for (const part of only) await PARTS[part]?.(options);
  return 0;
}

function print(title: string, table: string): void {
  say(title, "", ...table.split("\n"), "");
}

function readFlags(args: string[]): Options & { only: string[] } {
  const { seconds, rows, only, pgbench } = parse(args);
  const parts = only === undefined ? Object.keys(PARTS) : only.split(",");
  const unknown = parts.find((part) => !(part in PARTS));
  if (unknown !== undefined) {
    throw new Complaint(`nothing is called ${unknown}; there are ${Object.keys(PARTS).join(", ")}`);
  }
  return {
    seconds: positive("--seconds", seconds),
    rows: positive("--rows", rows),
    only: parts,
    pgbench,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seconds: { type: "string", default: "2" },
        rows: { type: "string", default: "100000" },
        only: { type: "string" },
        pgbench: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw error instanceof TypeError ? new Complaint(error.message) : error;
  }
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Complaint(`${flag} takes a number above 0, not ${text}`);
  return value;
}

if (import.meta.main) await runProgram(bench);
