/**
 * `deno task test:faults [part of a title]`: breaks a working project in each listed way, one at a time. The doctor or
 * explain must name the cause first. The fix must work, and afterwards no problem may be reported.
 *
 * @module
 */

import { say } from "../../local/terminal.ts";
import { command } from "../../cli/frame.ts";
import type { Fault } from "./fault.ts";
import { FAULTS } from "./faults.ts";
import { inject, problemsOf, type Row } from "./inject.ts";
import { openTestSite } from "./test_site.ts";

const testFaults = command({
  name: "test:faults",
  summary: "Break a project in every known way, and check that each cause is named and fixed",
  details: "[text] tries only the faults with this text in their title.",
  arguments: "[text]",
  options: {},
  examples: ["", "webhook"],
  exitCodes: ["every fault was named first and fixed", "one was not"],
  async run({ words: [text = ""] }) {
    const wanted = FAULTS.filter(({ title }) => title.includes(text));
    say(line("fault", "named?", "fixed?"));
    const rows = await injectAll(wanted);
    const failed = rows.filter(({ problems }) => problems.length > 0).length;
    say(`${rows.length - failed} of ${rows.length} faults named first and fixed`);
    return failed === 0 ? 0 : 1;
  },
});

/** Runs the faults on one project as long as it is healthy afterwards. Otherwise the next fault gets a new project. */
async function injectAll(faults: readonly Fault[]): Promise<Row[]> {
  const rows: Row[] = [];
  while (rows.length < faults.length) rows.push(...await injectUntilBad(faults.slice(rows.length)));
  return rows;
}

async function injectUntilBad(faults: readonly Fault[]): Promise<Row[]> {
  await using site = await openTestSite();
  const before = await problemsOf(site);
  if (before.length > 0) throw new Error(`a healthy project has problems: ${before.join("; ")}`);
  const rows: Row[] = [];
  for (const fault of faults) {
    const row = await inject(fault, site);
    print(row);
    rows.push(row);
    if (row.problems.length > 0) return rows;
  }
  return rows;
}

function print({ fault, named, fixed, problems }: Row): void {
  const isNamed = named === fault.code ? `${named}` : `no: ${named}`;
  say(line(fault.title, isNamed, fixed));
  problems.forEach((problem) => say(`    ${problem}`));
}

function line(title: string, named: string, fixed: string): string {
  return `${title.padEnd(66)} ${named.padEnd(24)} ${fixed}`;
}

await testFaults.runAndExit();
