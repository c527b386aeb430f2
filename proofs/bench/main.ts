/**
 * `deno task bench`. Every figure stands beside one measured in the same run, and only their ratio means something:
 * the figures themselves belong to the machine, and change with its other work.
 *
 * @module
 */

import { command } from "../../cli/frame.ts";
import { positive, value, withDefault } from "../../cli/options.ts";
import { say, UserError } from "../../local/terminal.ts";
import { PROGRAMS } from "./programs.ts";

const NAMES = Object.keys(PROGRAMS);

const LEGEND = "A figure such as 1.60× [1.47×..1.84×] is the median of all turns, and their range.";

const bench = command({
  name: "bench",
  summary: "Measure the cost of events, reads and backfills, each compared with a bare one",
  details: `The programs are ${NAMES.join(", ")}. All of them together take about 25 minutes.`,
  options: {
    only: value("<programs>", "only these programs, separated by commas", readPrograms),
    seconds: withDefault(value("<number>", "how long each turn of load is", positive), "1"),
    turns: withDefault(value("<number>", "how often each side is measured", positive), "5"),
    crowds: withDefault(
      value("<numbers>", "how many requests are in flight, separated by commas", readNumbers),
      "1,16,64",
    ),
    processes: withDefault(
      value("<number>", "over how many processes a burst is spread", positive),
      "16",
    ),
    rows: withDefault(
      value("<number>", "how many accesses a large database has", positive),
      "100000",
    ),
    lessons: withDefault(
      value("<number>", "how many rows of content a policy is measured with", positive),
      "1000000",
    ),
    tokens: withDefault(
      value("<number>", "how many tokens are inserted at once", positive),
      "200000",
    ),
    objects: withDefault(
      value("<number>", "how many objects the largest fold touches", positive),
      "20000",
    ),
    renewals: withDefault(
      value("<number>", "how many renewals each database gets", positive),
      "20000",
    ),
    subscriptions: withDefault(
      value("<number>", "how many subscriptions the burst renews", positive),
      "2000",
    ),
    stored: withDefault(
      value("<number>", "how many members are stored before the burst", positive),
      "20000",
    ),
  },
  examples: [
    "",
    "--only peer,processes --seconds 2 --turns 7",
    "--only burst --subscriptions 100000 --stored 1000000",
  ],
  exitCodes: ["all was measured"],
  async run({ options: { only = NAMES, ...options } }) {
    say(LEGEND, "");
    for (const name of only) {
      const { title, note, measure } = PROGRAMS[name]!;
      say(title(options), note, "", ...(await measure(options)).split("\n"), "");
    }
    return 0;
  },
});

function readPrograms(text: string): string[] {
  const names = text.split(",");
  const unknown = names.find((name) => !(name in PROGRAMS));
  if (unknown === undefined) return names;
  throw new UserError(`There is no program ${unknown}; there are ${NAMES.join(", ")}`);
}

function readNumbers(text: string, flag: string): number[] {
  return text.split(",").map((number) => positive(number, flag));
}

if (import.meta.main) await bench.runAndExit();
