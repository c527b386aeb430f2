/** The catalogue of the stories in the database. */

import type postgres from "postgres";
import { EXTRAS, OFFERS } from "./offers.ts";

/** Writes modules, what their prices open, and which prices open nothing on purpose. */
export async function writeCatalogue(sql: postgres.Sql): Promise<void> {
  await sql`
    insert into public.modules (slug, title)
    values ('alpha', 'Alpha'), ('beta', 'Beta'), ('gamma', 'Gamma')`;
  for (const { price, module, days } of OFFERS) {
    await sql`
      insert into public.module_prices (stripe_price_id, module_id, access_duration)
      select ${price}, id, make_interval(days => ${days}::int)
      from public.modules where slug = ${module}`;
  }
  for (const price of EXTRAS) {
    await sql`
      insert into sesame.extra_prices (stripe_price_id, actor, why)
      values (${price}, 'test', 'scenario')`;
  }
}
