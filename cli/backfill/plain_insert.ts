/** For comparison: inserts the same tokens into the same table without Sesame's triggers. */

import type { Sql } from "postgres";

export interface PlainInsert {
  rows: number;
  seconds: number;
}

/**
 * Inserts the tokens into a copy of the table, with its indexes and its foreign key, and drops it. In the
 * order of the ids, so that the owners are in random order.
 */
export async function measurePlainInsert(sql: Sql): Promise<PlainInsert> {
  await sql`create table sesame.yardstick (like public.access_tokens including all)`;
  try {
    await sql`
      alter table sesame.yardstick add foreign key (module_id) references public.modules (id)`;
    const started = performance.now();
    const { count } = await sql`
      insert into sesame.yardstick select * from public.access_tokens
      where metadata ? 'legacy' order by id`;
    return { rows: count, seconds: (performance.now() - started) / 1000 };
  } finally {
    await sql`drop table sesame.yardstick`;
  }
}
