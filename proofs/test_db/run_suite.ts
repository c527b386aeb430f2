/**
 * Runs every pgTAP file of a folder.
 *
 * @module
 */

import { say } from "../../local/terminal.ts";
import { sum, type Tally } from "../test/tally.ts";
import { type FileReport, runFile } from "./run_file.ts";

/** Runs all `.sql` files below a folder, in the order `pg_prove` runs them. */
export async function runSuite(folder: string, dbUrl: string): Promise<Tally> {
  const reports: FileReport[] = [];
  for (const file of listTests(folder)) {
    const report = await runFile(file, dbUrl);
    show(report);
    reports.push(report);
  }
  return sum(reports);
}

/** The files that `pg_prove --ext .pg --ext .sql -r` runs. */
export function listTests(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder)).flatMap(({ name, isDirectory }) => {
    if (isDirectory) return listTests(`${folder}/${name}`);
    return /\.(sql|pg)$/.test(name) ? [`${folder}/${name}`] : [];
  }).sort();
}

function show({ file, passed, failed, problems, output }: FileReport): void {
  say(`${failed === 0 ? "ok    " : "FAILED"} ${String(passed).padStart(4)} ${file}`);
  if (failed === 0) return;
  for (const line of output.split("\n").filter(isTrouble)) say(`  ${line}`);
  for (const problem of problems) say(`  ${problem}`);
}

/** Everything but the assertions that held. */
function isTrouble(line: string): boolean {
  return /^(not ok|#|Bail out)/.test(line);
}
