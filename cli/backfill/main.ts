/** `backfill`: brings the rows of an old database across, and takes the push back or repeats it. */

import postgres from "postgres";
import { Complaint, say, sayJson } from "../../local/terminal.ts";
import { readDatabaseUrl, readEnvironment } from "../environment.ts";
import { command } from "../frame.ts";
import { ENV_FILE, flag, JSON_OPTION, positive, value, withDefault } from "../options.ts";
import { progressBar } from "../progress_bar.ts";
import { backfill, type Backfilled } from "./backfill.ts";
import { measurePlainInsert } from "./plain_insert.ts";
import { isInstalled, rehearse } from "./rehearsal.ts";
import {
  type Forecast,
  forecastInWords,
  readForecast,
  readReport,
  reportInWords,
  type ReportLine,
} from "./report.ts";
import { stepAside, stepIn } from "./step_aside.ts";

export const backfillCommand = command({
  name: "backfill",
  summary: "Bring the rows of an old database across, in parts, beside live traffic",
  details:
    "It also opens access for tokens that never opened any. After an interruption, run it again. " +
    "SUPABASE_DB_URL, in the environment or in the file of --env-file, names the database; without it, it is " +
    "the database of the stack that runs here.",
  options: {
    dryRun: flag(
      "show row by row and column by column what comes, waits and stays; before a push, try it and undo it",
    ),
    undo: flag("put the old tables back, and Sesame to sleep"),
    redo: flag("wake Sesame again, after --undo"),
    measure: flag("compare the speed with a plain insert"),
    blocks: withDefault(value("<number>", "blocks of 8 kB in one transaction", positive), "128"),
    json: JSON_OPTION,
    envFile: ENV_FILE,
  },
  examples: ["--dry-run", "--env-file production.env", "--undo --env-file production.env"],
  exitCodes: ["all rows came, or the step was taken", "some rows are still to come"],
  async run({ options: { envFile, ...options } }) {
    if ([options.dryRun, options.undo, options.redo].filter(Boolean).length > 1) {
      throw new Complaint("--dry-run, --undo and --redo exclude each other");
    }
    const dbUrl = await readDatabaseUrl(await readEnvironment(envFile));
    const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
    try {
      return await perform(sql, options);
    } finally {
      await sql.end();
    }
  },
});

interface BackfillOptions {
  dryRun: boolean;
  undo: boolean;
  redo: boolean;
  measure: boolean;
  blocks: number;
  json: boolean;
}

async function perform(sql: postgres.Sql, options: BackfillOptions): Promise<number> {
  if (!await isInstalled(sql)) return await tryPush(sql, options);
  if (options.undo) return await stepAside(sql);
  if (options.redo) return await stepIn(sql);
  if (options.dryRun) {
    showForecast(await readForecast(sql), options);
    return 0;
  }
  return await bringRows(sql, options);
}

/** Before the push, only --dry-run can do anything: it shows what the push would bring. */
async function tryPush(sql: postgres.Sql, options: BackfillOptions): Promise<number> {
  if (!options.dryRun) {
    throw new Complaint("Sesame is not in this database yet: push first, or --dry-run tries it");
  }
  const { forecast, seconds } = await rehearse(sql);
  showForecast(forecast, options);
  if (!options.json) {
    say("", `The push was tried and undone, in ${seconds.toFixed(1)} s. Nothing has changed.`);
  }
  return 0;
}

function showForecast(forecast: Forecast, { json }: BackfillOptions): void {
  if (json) sayJson(forecast);
  else say(...forecastInWords(forecast));
}

async function bringRows(sql: postgres.Sql, options: BackfillOptions): Promise<number> {
  const before = await readReport(sql);
  if (!options.json) say("Before:", ...reportInWords(before));
  const done = await backfillWatched(sql, options.blocks);
  const plain = options.measure ? await measurePlainInsert(sql) : null;
  const after = await readReport(sql);
  if (options.json) sayJson({ before, ...done, plain, after });
  else say(...doneInWords(done, plain), "", "After:", ...reportInWords(after));
  return isComplete(after) ? 0 : 1;
}

async function backfillWatched(sql: postgres.Sql, blocks: number): Promise<Backfilled> {
  const watch = progressBar();
  try {
    return await backfill(sql, blocks, watch);
  } finally {
    watch(null);
  }
}

function doneInWords(
  { came, carried, seconds }: Backfilled,
  plain: { rows: number; seconds: number } | null,
): string[] {
  return [
    "",
    `${came} rows came in ${seconds.toFixed(1)} s: ${rate(came, seconds)}.`,
    ...carried === 0
      ? []
      : [`Access was opened for ${carried} members whose tokens had not opened it.`],
    ...plain === null ? [] : [
      `A plain insert … select of the same ${plain.rows} tokens: ${
        rate(plain.rows, plain.seconds)
      }.`,
    ],
  ];
}

function isComplete(report: ReportLine[]): boolean {
  return report.every(({ state }) => state !== "is to come");
}

function rate(rows: number, seconds: number): string {
  return `${Math.round(rows / Math.max(seconds, 0.001)).toLocaleString("en")} rows/s`;
}

if (import.meta.main) await backfillCommand.runAndExit();
