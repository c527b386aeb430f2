/** The app's own prices at the stand-in for Stripe, which does not know them. Their amounts are made up. */

import type { Stack } from "../../local/stack.ts";
import { PUBLIC } from "../project/schema_name.ts";
import { withDatabase } from "../../local/with_database.ts";

/** In the currency's smallest unit. */
const AMOUNT = 1_000;

/** Adds every price that the database maps to a module, and returns lines that say so. */
export async function addAppPrices(
  { dbUrl, stripe }: Stack,
  schema = PUBLIC,
): Promise<string[]> {
  const unknown = (await readMapped(dbUrl, schema)).filter(({ id }) =>
    !stripe.store.find("price", id)
  );
  for (const { id, title } of unknown) {
    stripe.addPrice({ id, amount: AMOUNT, interval: null, product: title });
  }
  if (unknown.length === 0) return [];
  const ids = unknown.map(({ id }) => id).join(", ");
  return [`The stand-in for Stripe sells ${ids} at a made-up amount, once and not monthly.`];
}

async function readMapped(dbUrl: string, schema: string): Promise<{ id: string; title: string }[]> {
  return await withDatabase(dbUrl, async (sql) => {
    const [table] = await sql`
      select to_regclass(${`${schema}.module_prices`}) is null as is_gone`;
    if (table?.is_gone !== false) return [];
    return await sql`
      select stripe_price_id as id, min(modules.title) as title
      from ${sql(schema)}.module_prices join ${
      sql(schema)
    }.modules on modules.id = module_prices.module_id
      group by stripe_price_id order by stripe_price_id`;
  });
}
