/** The doctor's findings as lines for a terminal. Findings that explain others come first, with a few examples of each code. */

import { task } from "../../diagnosis/task_command.ts";
import { causeOf, type Code } from "../../diagnosis/codes.ts";
import { commandsOf, forProject, promptFor } from "../../diagnosis/fill_command.ts";
import type { Finding } from "./check.ts";
import { counted } from "./counted.ts";
import { type Examination, findingsOf, plannedOf } from "./doctor.ts";
import { isError, isNote } from "./severity.ts";

export interface ReportOptions {
  /** True: nothing is left out, and members are listed as well. */
  verbose?: boolean;
  /** The file that names the project: printed commands name it as well. */
  envFile?: string | undefined;
  /** The schema with Sesame's tables and functions, for printed SQL. */
  schema?: string | undefined;
}

/** How many findings of one code are listed. */
const LISTED = 5;

/** How many names one line lists. */
const NAMED = 3;

const FIX = task("doctor --fix");

export function inWords(
  { check, findings, skipped, blocked }: Examination,
  options: ReportOptions = {},
): string[] {
  if (skipped !== null) return [`· ${check.title}: skipped, ${skipped}`];
  if (blocked !== null) return [`? ${check.title}: could not run (${blocked})`];
  if (findings.length === 0) return [`✓ ${check.title}`];
  const kinds = Map.groupBy(findings, ({ code }) => code);
  return [
    `${markOf(findings)} ${check.title}`,
    ...[...kinds].flatMap(([code, alike]) => kindInWords(code, alike, options)),
  ];
}

function markOf(findings: readonly Finding[]): string {
  if (findings.some(isError)) return "✗";
  return findings.every(isNote) ? "✓" : "!";
}

/** All findings of one code, then the meaning of the code and the fix. */
function kindInWords(code: Code, findings: readonly Finding[], options: ReportOptions): string[] {
  const { en } = causeOf(code);
  return [
    ...listInWords(code, findings, options),
    `      ${en.cause} ${en.fix}`,
    ...commandsInWords(code, findings, options),
    ...options.verbose === true ? findings.flatMap(pasteInWords) : [],
  ];
}

/** One command for each of the first few findings, because the filled-in ids differ. */
function commandsInWords(
  code: Code,
  findings: readonly Finding[],
  { envFile, schema }: ReportOptions,
): string[] {
  if (plannedOf(findings).length > 0) {
    return [`      $ ${forProject(FIX, envFile)}`];
  }
  const known = findings.flatMap(({ known = [] }) => known).slice(0, LISTED);
  const commands = (known.length > 0 ? known : [null]).flatMap((one) =>
    commandsOf(code, one, { envFile, schema })
  );
  return [...new Set(commands)].map((command) => `      ${promptFor(command)}${command}`);
}

function listInWords(code: Code, findings: readonly Finding[], options: ReportOptions): string[] {
  const [first, ...rest] = findings.map((finding) => findingInWords(finding, options));
  if (first === undefined) return [];
  if (rest.length === 0) return [`    ${code}: ${first[0]}`, ...first.slice(1)];
  const [shown, left] = shorten([first, ...rest], options);
  return [
    `    ${code}: ${counted(findings.length, "finding")}`,
    ...shown.flatMap(([head, ...lines]) => [`      - ${head}`, ...lines]),
    ...left === 0 ? [] : [`      - and ${left.toLocaleString("en")} more (--verbose)`],
  ];
}

/** One line, and with --verbose one more for each name. */
function findingInWords(
  { about, each = [], ofMembers = false }: Finding,
  options: ReportOptions,
): string[] {
  if (each.length === 0) return [about];
  if (options.verbose === true) return [about, ...each.map((one) => `          ${one}`)];
  return [ofMembers ? `${about} (--verbose names them)` : `${about}: ${fewOf(each)}`];
}

function fewOf(names: readonly string[]): string {
  if (names.length <= NAMED + 1) return names.join(", ");
  const left = (names.length - NAMED).toLocaleString("en");
  return `${names.slice(0, NAMED).join(", ")}, and ${left} more`;
}

function pasteInWords({ sql = [] }: Finding): string[] {
  return sql.map((statement) => `      ${statement}`);
}

/** A line that says "and 1 more" would be no shorter than that one. */
function shorten<Item>(
  items: readonly Item[],
  { verbose }: ReportOptions,
): [shown: Item[], left: number] {
  if (verbose === true || items.length <= LISTED + 1) return [[...items], 0];
  return [items.slice(0, LISTED), items.length - LISTED];
}

/** The plan of --fix. */
export function planInWords(
  examinations: readonly Examination[],
  options: ReportOptions = {},
): string[] {
  const findings = plannedOf(findingsOf(examinations));
  if (findings.length === 0) return ["There is nothing that --fix can fix."];
  const kinds = Map.groupBy(findings, ({ code }) => code);
  const lines = [...kinds.values()].map((alike) => {
    const plans = [...new Set(alike.map(({ plan }) => plan ?? ""))];
    const [shown, left] = shorten(plans, options);
    return [
      ...shown.map((plan) => `  - ${plan}`),
      ...left === 0 ? [] : [`  - and ${left.toLocaleString("en")} more like these (--verbose)`],
    ];
  });
  return ["Going to:", ...new Set(lines.flat())];
}

/** The list of changes. */
export function changesInWords(changed: readonly string[], options: ReportOptions = {}): string[] {
  const [shown, left] = shorten(changed, options);
  return [
    ...shown.map((line) => `✓ ${line}`),
    ...left === 0 ? [] : [`✓ and ${left.toLocaleString("en")} more (--verbose)`],
  ];
}

/** The last line: how much was found, and where to begin. */
export function summaryInWords(examinations: readonly Examination[]): string {
  const findings = findingsOf(examinations).filter((finding) => !isNote(finding));
  const blocked = examinations.filter(({ blocked }) => blocked !== null).length;
  const unseen = blocked === 0 ? "" : ` ${counted(blocked, "check")} could not be made.`;
  const first = findings.find(isError) ?? findings[0];
  if (first === undefined) return `Nothing was found.${unseen}`;
  const number = findings.reduce((sum, { each }) => sum + Math.max(1, each?.length ?? 0), 0);
  const kinds = new Set(findings.map(({ code }) => code)).size;
  const fixable = plannedOf(findings).length > 0
    ? " --fix fixes what it can, and shows it first."
    : "";
  return `${counted(number, "finding")} of ${counted(kinds, "kind")}; begin with ${first.code}.` +
    fixable + unseen;
}
