/**
 * Runs pgTAP files.
 *
 * @module
 */

import { PUBLIC } from "../project/schema_name.ts";
import { type FileReport, runFile } from "./run_file.ts";

/**
 * Runs these files, and begins them in their order.
 *
 * @param dbUrls equal databases on servers of their own; each runs one file at a time
 * @param seen receives each report as soon as its file is done
 * @param schema the exposed schema of the databases
 */
export async function runSuite(
  files: readonly string[],
  dbUrls: readonly string[],
  seen: (report: FileReport) => void = () => {},
  schema = PUBLIC,
): Promise<FileReport[]> {
  const waiting = files.values(); // whichever database is free takes the next one
  const reports = await Promise.all(dbUrls.map((dbUrl) => runNext(waiting, dbUrl, seen, schema)));
  return reports.flat();
}

async function runNext(
  files: Iterable<string>,
  dbUrl: string,
  seen: (report: FileReport) => void,
  schema: string,
): Promise<FileReport[]> {
  const reports: FileReport[] = [];
  for (const file of files) {
    const report = await runFile(file, dbUrl, schema);
    seen(report);
    reports.push(report);
  }
  return reports;
}

/** The files below a folder that `pg_prove --ext .pg --ext .sql -r` runs, in its order. */
export function listTests(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder)).flatMap(({ name, isDirectory }) => {
    if (isDirectory) return listTests(`${folder}/${name}`);
    return /\.(sql|pg)$/.test(name) ? [`${folder}/${name}`] : [];
  }).sort();
}

/** A report in lines: one if all holds, otherwise with everything that failed. */
export function reportInWords(report: FileReport, name = report.file): string[] {
  const { passed, failed } = report;
  const head = `${failed === 0 ? "ok    " : "FAILED"} ${String(passed).padStart(4)} ${name}`;
  return [head, ...failuresOf(report).map((line) => `  ${line}`)];
}

/** Everything that failed, in pgTAP's words. */
export function failuresOf({ failed, problems, output }: FileReport): string[] {
  if (failed === 0) return [];
  return [...output.split("\n").filter((line) => /^(not ok|#|Bail out)/.test(line)), ...problems];
}
