/**
 * `deno task backfill`: brings the rows of an old database across, in parts, beside live traffic, and
 * carries tokens into access that never got there. Interrupted, it is run again.
 *
 *     deno task backfill [--dry-run | --undo | --redo] [--measure] [--blocks 128] [--env-file production.env]
 *
 * --dry-run tells row by row and column by column what comes, waits and stays; before the push it tries the push, and
 * undoes it. --undo puts the old tables back and Sesame to sleep; --redo wakes it.
 * SUPABASE_DB_URL, in the environment or in the file, names the database; without it, it is that of the
 * stack that runs here.
 *
 * @module
 */

import postgres from "postgres";
import { Complaint, runProgram, say } from "../../local/terminal.ts";
import { ENV_FILE, readCommandLine } from "../command_line.ts";
import { readDatabaseUrl, readEnvironment } from "../environment.ts";
import { backfill } from "./backfill.ts";
import { measurePlainInsert } from "./plain_insert.ts";
import { isInstalled, rehearse } from "./rehearsal.ts";
import { readForecast, readReport, type ReportLine, showForecast, showReport } from "./report.ts";
import { stepAside, stepIn } from "./step_aside.ts";

await runProgram(async () => {
  const wish = readWish(Deno.args);
  const dbUrl = await readDatabaseUrl(await readEnvironment(wish.envFile));
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    return await perform(sql, wish);
  } finally {
    await sql.end();
  }
});

async function perform(sql: postgres.Sql, wish: Wish): Promise<number> {
  if (!await isInstalled(sql)) {
    if (!wish.isDryRun) {
      throw new Complaint("Sesame is not in this database yet: push first, or --dry-run tries it");
    }
    const { forecast, seconds } = await rehearse(sql);
    showForecast(forecast);
    say("", `The push was tried and undone, in ${seconds.toFixed(1)} s. Nothing has changed.`);
    return 0;
  }
  if (wish.isUndo) return await stepAside(sql);
  if (wish.isRedo) return await stepIn(sql);
  if (wish.isDryRun) {
    showForecast(await readForecast(sql));
    return 0;
  }

  say("Before:");
  showReport(await readReport(sql));
  const { came, carried, seconds } = await backfill(sql, wish.blocks, say);
  say("", `${came} rows came in ${seconds.toFixed(1)} s: ${rate(came, seconds)}.`);
  if (carried > 0) say(`${carried} members got what tokens of theirs had missed to open.`);
  if (wish.isMeasured) {
    const plain = await measurePlainInsert(sql);
    say(
      `A plain insert … select of the same ${plain.rows} tokens: ${
        rate(plain.rows, plain.seconds)
      }.`,
    );
  }
  say("", "After:");
  const after = await readReport(sql);
  showReport(after);
  return isComplete(after) ? 0 : 1;
}

function isComplete(report: ReportLine[]): boolean {
  return report.every(({ state }) => state !== "is to come");
}

function rate(rows: number, seconds: number): string {
  return `${Math.round(rows / Math.max(seconds, 0.001)).toLocaleString("en")} rows/s`;
}

interface Wish {
  isDryRun: boolean;
  isUndo: boolean;
  isRedo: boolean;
  isMeasured: boolean;
  blocks: number;
  envFile: string | undefined;
}

function readWish(args: string[]): Wish {
  const { values } = readCommandLine({
    args,
    options: {
      "dry-run": { type: "boolean", default: false },
      "undo": { type: "boolean", default: false },
      "redo": { type: "boolean", default: false },
      "measure": { type: "boolean", default: false },
      "blocks": { type: "string", default: "128" },
      ...ENV_FILE,
    },
  });
  const blocks = Number(values.blocks);
  if ([values["dry-run"], values.undo, values.redo].filter(Boolean).length > 1) {
    throw new Complaint("--dry-run, --undo and --redo exclude each other");
  }
  if (!(Number.isSafeInteger(blocks) && blocks > 0)) {
    throw new Complaint(
      `--blocks takes how many blocks of 8 kB go at once, not ${values.blocks}`,
    );
  }
  return {
    isDryRun: values["dry-run"],
    isUndo: values.undo,
    isRedo: values.redo,
    isMeasured: values.measure,
    blocks,
    envFile: values["env-file"],
  };
}
