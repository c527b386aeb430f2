/** How the time of one fold grows with the number of objects that it derives. */

import postgres from "postgres";
import { startMigratedDatabase } from "../../local/migrated_database.ts";
import { applySeed } from "../../local/migrations.ts";
import { type CpuMeter, meterProcess } from "./cpu.ts";
import { amount, formatTable, ratio } from "./table.ts";
import { storeSales } from "./waiting.ts";

/** Each is twice the one before, so a fold that takes the square of the time shows at once. */
const SIZES = [1_250, 2_500, 5_000, 10_000, 20_000];

const SUPABASE = new URL("../../supabase/", import.meta.url);

/** A change that touches many objects at once. */
interface Change {
  name: string;
  /** Whether all the sales belong to one customer. */
  isOneCustomer: boolean;
  /** Before the sales are stored. */
  prepare(sql: postgres.Sql, price: string): Promise<unknown>;
  apply(sql: postgres.Sql, price: string): Promise<unknown>;
}

const CHANGES: Change[] = [
  {
    name: "a price is mapped that n sales wait for",
    isOneCustomer: false,
    prepare: () => Promise.resolve(),
    apply: mapPrice,
  },
  {
    name: "an event names the user of a customer with n sales",
    isOneCustomer: true,
    prepare: mapPrice,
    apply: (sql, price) =>
      sql`
      select public.process_stripe_events(${customerNamed(price)}::text::jsonb)`,
  },
];

function mapPrice(sql: postgres.Sql, price: string): Promise<unknown> {
  return sql`
    insert into public.module_prices (stripe_price_id, module_id)
    select ${price}, id from public.modules where slug = 'llama'`;
}

/** Every change at every size. */
export async function measureFolds(sizes = SIZES): Promise<string> {
  await using server = await startMigratedDatabase(new URL("migrations/", SUPABASE));
  await applySeed(server.url, new URL("seed.sql", SUPABASE));
  const rows: string[][] = [];
  for (const change of CHANGES) {
    let least = NaN;
    for (const size of sizes) {
      const { seconds, cpu } = await measureChange(server.adminUrl, change, size);
      const each = cpu / size;
      if (Number.isNaN(least)) least = each;
      rows.push([
        ...[change.name, String(size), amount(seconds), amount(cpu / 1_000_000)],
        ...[amount(each), ratio(each, least)],
      ]);
    }
  }
  return formatTable(["", "n", "s", "CPU s", "CPU µs each", `CPU each / n = ${sizes[0]}`], rows);
}

/** On a connection of its own: its plans are made anew, as on the connection of an operator. */
async function measureChange(url: string, change: Change, size: number) {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const price = `price_${change.isOneCustomer ? "one" : "many"}_${size}_`;
    await change.prepare(sql, price);
    await storeSales(sql, price, size, change.isOneCustomer);
    const [backend] = await sql`select pg_backend_pid() as pid`;
    return await measure(meterProcess(backend?.pid), () => change.apply(sql, price));
  } finally {
    await sql.end();
  }
}

async function measure(cpu: CpuMeter, apply: () => Promise<unknown>) {
  const [begun, used] = [performance.now(), cpu()];
  await apply();
  return { seconds: (performance.now() - begun) / 1000, cpu: cpu() - used };
}

/** The customer of `waiting.sql`, with a user in their metadata. */
function customerNamed(price: string): string {
  return JSON.stringify([{
    id: `evt_${price}`,
    type: "customer.updated",
    created: Math.floor(Date.now() / 1000),
    api_version: null,
    livemode: false,
    account: null,
    object_id: `cus_${price}`,
    payload: "{}",
    facts: [{
      kind: "customer",
      id: `cus_${price}`,
      user_ref: crypto.randomUUID(),
      email: null,
      is_deleted: false,
    }],
  }]);
}
