/** For comparison: the same tokens, inserted into the same table without anything that Sesame does. */

import type { Sql } from "postgres";

export interface PlainInsert {
  rows: number;
  seconds: number;
}

/**
 * Inserts what came into a copy of the table, with its indexes and its foreign key, and drops it. In the
 * order of the ids, so that the owners come in random order.
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
