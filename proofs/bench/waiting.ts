/** Sales that wait for the mapping of their price. */

import type postgres from "postgres";

/** Stores n sales of this price, past the fold, and analyzes; as superuser. */
export async function storeSales(
  sql: postgres.Sql,
  price: string,
  n: number,
  isOneCustomer: boolean,
) {
  const script = await Deno.readTextFile(new URL("./waiting.sql", import.meta.url));
  const values = { price, n: String(n), is_one_customer: String(isOneCustomer) };
  const filled = script.replaceAll(
    /(?<!:):(price|n|is_one_customer)\b/g,
    (_, name: keyof typeof values) => values[name],
  );
  await sql.unsafe(filled).simple();
  await sql`vacuum analyze`;
}
