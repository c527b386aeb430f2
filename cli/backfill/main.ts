/** `backfill`: copies the rows of an old database, and undoes or repeats the push. */

import type postgres from "postgres";
import { withDatabase } from "../../local/with_database.ts";
import { say, sayJson, UserError } from "../../local/terminal.ts";
import { readDatabaseUrl, readEnvironment } from "../environment.ts";
import { command } from "../frame.ts";
import { ENV_FILE, flag, JSON_OPTION, positive, value, withDefault } from "../options.ts";
import { progressBar, watched } from "../progress_bar.ts";
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
  summary: "Copy the rows of an old database, in parts, beside live traffic",
  details:
    "It also opens access for tokens that never opened any. After an interruption, run it again. " +
    "SUPABASE_DB_URL, in the environment or in the file of --env-file, names the database; without it, it is " +
    "the database of the stack that runs here.",
  options: {
    dryRun: flag(
      "show for each row and column whether it is copied, waits or stays; before a push, try it and roll it back",
    ),
    undo: flag("put the old tables back, and switch Sesame off"),
    redo: flag("switch Sesame on again, after --undo"),
    measure: flag("compare the speed with a plain insert"),
    blocks: withDefault(value("<number>", "blocks of 8 kB in one transaction", positive), "128"),
    json: JSON_OPTION,
    envFile: ENV_FILE,
  },
  examples: ["--dry-run", "--env-file production.env", "--undo --env-file production.env"],
  exitCodes: ["all rows are copied, or the step was taken", "some rows are not copied yet"],
  async run({ options: { envFile, ...options } }) {
    if ([options.dryRun, options.undo, options.redo].filter(Boolean).length > 1) {
      throw new UserError("--dry-run, --undo and --redo exclude each other");
    }
    const dbUrl = await readDatabaseUrl(await readEnvironment(envFile));
    return await withDatabase(dbUrl, (sql) => perform(sql, options));
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

/** Before the push only --dry-run works. It shows what the push would copy. */
async function tryPush(sql: postgres.Sql, options: BackfillOptions): Promise<number> {
  if (!options.dryRun) {
    throw new UserError(
      "Sesame is not in this database yet: push first, or use --dry-run to try the push",
    );
  }
  const { forecast, seconds } = await rehearse(sql, progressBar(options));
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
  const watch = progressBar(options);
  const done = await watched(watch, "tokens", () => backfill(sql, options.blocks, watch));
  const plain = options.measure ? await measurePlainInsert(sql) : null;
  const after = await readReport(sql);
  if (options.json) sayJson({ before, ...done, plain, after });
  else say(...doneInWords(done, plain), "", "After:", ...reportInWords(after));
  return isComplete(after) ? 0 : 1;
}

function doneInWords(
  { came, carried, seconds }: Backfilled,
  plain: { rows: number; seconds: number } | null,
): string[] {
  return [
    "",
    `${came} rows were copied in ${seconds.toFixed(1)} s: ${rate(came, seconds)}.`,
    ...carried === 0
      ? []
      : [`Access was opened for ${carried} members with tokens that had not opened it.`],
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
