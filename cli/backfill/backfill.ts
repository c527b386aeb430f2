/** Copies the old rows part by part. Each part is committed, so that other writers never wait long. */

import type { Sql } from "postgres";
import type { Watch } from "../progress_bar.ts";

/** The result of a backfill. */
export interface Backfilled {
  /** Old rows that were copied now. */
  came: number;
  /** Members with tokens that had not opened access before. */
  carried: number;
  seconds: number;
}

/** Copies all remaining old rows. `watch` receives the progress. */
export async function backfill(
  sql: Sql,
  blocks: number,
  watch: Watch,
): Promise<Backfilled> {
  const started = performance.now();
  await sql`select sesame.carry_columns()`;
  await sql`select sesame.move_modules_in(), sesame.reserve_access_ids()`;
  const end = await countBlocks(sql);
  let came = 0;
  for (let from = 0; from < end; from += blocks) {
    const [part] = await sql`select sesame.move_tokens_in(${from}, ${from + blocks}) as came`;
    came += Number(part?.came);
    watch({
      title: `${came.toLocaleString("en")} tokens`,
      done: Math.min(from + blocks, end),
      total: end,
    });
  }
  const [rest] = await sql`select sesame.move_access_in() as came`;
  await sql`select sesame.restore_access_ids()`;
  await sql`select sesame.carry_into_access()`;
  await sql`select sesame.move_keys()`;
  const [missed] = await sql`select sesame.carry_missed_tokens() as carried`;
  return {
    came: came + Number(rest?.came),
    carried: Number(missed?.carried),
    seconds: (performance.now() - started) / 1000,
  };
}

/** The size of the large table in blocks; 1 if it does not exist. */
async function countBlocks(sql: Sql): Promise<number> {
  const [row] = await sql`
    select coalesce(pg_relation_size(to_regclass('legacy.access_tokens')), 0) / 8192 as blocks`;
  return Math.max(Number(row?.blocks), 1);
}
