/**
 * `deno task test:faults`: breaks a working project in every way listed here, one at a time. Doctor or explain must
 * name the cause first, the fix must work, and nothing may be reported afterwards.
 *
 * @module
 */

import { say } from "../../local/terminal.ts";
import { command } from "../../cli/frame.ts";
import type { Fault } from "./fault.ts";
import { ailments, inject, type Row } from "./inject.ts";
import { ACCESS_FAULTS } from "./kinds/access.ts";
import { DATABASE_FAULTS } from "./kinds/database.ts";
import { FUNCTION_FAULTS } from "./kinds/functions.ts";
import { SALE_FAULTS } from "./kinds/sales.ts";
import { STRIPE_FAULTS } from "./kinds/stripe.ts";
import { openPatient } from "./patient.ts";

const FAULTS: readonly Fault[] = [
  ...DATABASE_FAULTS,
  ...FUNCTION_FAULTS,
  ...STRIPE_FAULTS,
  ...ACCESS_FAULTS,
  ...SALE_FAULTS,
];

const testFaults = command({
  name: "test:faults",
  summary: "Break a project in every known way, and see that each cause is named and fixed",
  details: "[text] tries only the faults whose title contains it.",
  arguments: "[text]",
  options: {},
  examples: ["", "webhook"],
  exitCodes: ["every fault was named first and fixed", "one was not"],
  async run({ words: [text = ""] }) {
    const wanted = FAULTS.filter(({ title }) => title.includes(text));
    say(line("fault", "named?", "fixed?"));
    const rows = await injectAll(wanted);
    const failed = rows.filter(({ complaints }) => complaints.length > 0).length;
    say(`${rows.length - failed} of ${rows.length} faults named first and fixed`);
    return failed === 0 ? 0 : 1;
  },
});

/** All on one project, as long as each leaves it healthy: else the next one gets another. */
async function injectAll(faults: readonly Fault[]): Promise<Row[]> {
  const rows: Row[] = [];
  while (rows.length < faults.length) rows.push(...await injectUntilBad(faults.slice(rows.length)));
  return rows;
}

async function injectUntilBad(faults: readonly Fault[]): Promise<Row[]> {
  await using patient = await openPatient();
  const before = await ailments(patient);
  if (before.length > 0) {
    throw new Error(`a healthy project is reported as broken: ${before.join("; ")}`);
  }
  const rows: Row[] = [];
  for (const fault of faults) {
    const row = await inject(fault, patient);
    show(row);
    rows.push(row);
    if (row.complaints.length > 0) return rows;
  }
  return rows;
}

function show({ fault, named, mended, complaints }: Row): void {
  const isNamed = named === fault.code ? `${named}` : `no: ${named}`;
  say(line(fault.title, isNamed, mended));
  complaints.forEach((complaint) => say(`    ${complaint}`));
}

function line(title: string, named: string, mended: string): string {
  return `${title.padEnd(50)} ${named.padEnd(24)} ${mended}`;
}

await testFaults.runAndExit();
