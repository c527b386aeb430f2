/** Rebuilding: access folded again from the facts, and the facts read again from the inbox. */

import type postgres from "postgres";
import { inboxEvent } from "./claim.ts";
import { processEvents } from "./deliver.ts";
import type { StripeEvent } from "./stripe/event.ts";

/** The tables of Stripe's facts. Manual acts and the catalogue stay, because they cannot be derived. */
const FACTS = [
  ...["checkout_sessions", "payment_intents", "charges", "refunds", "disputes", "invoices"],
  ...["invoice_lines", "invoice_payments", "subscriptions", "customers", "prices"],
  ...["price_listings", "products"],
].map((table) => `sesame.${table}`);

const DERIVED = ["sesame.grants", "public.module_access"];

/** Columns with the time of a write. */
const TIMES = "{id,created_at,updated_at,received_at,attempts}";

/** One hash of each table, over all rows, whatever their order. */
export async function digest(sql: postgres.Sql): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const table of [...FACTS, ...DERIVED]) {
    // An id is left out only where the database made it up.
    const columns = table === "public.module_access" ? TIMES : "{updated_at,received_at}";
    const [row] = await sql.unsafe(`
      select md5(coalesce(string_agg(line, e'\\n' order by line collate "C"), '')) as hash
      from (select (to_jsonb(kept) - '${columns}'::text[])::text as line from ${table} as kept) as lines`);
    hashes[table] = String(row?.hash);
  }
  return hashes;
}

/** Empties the derived tables and derives them again. */
export async function foldAgain(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`truncate ${DERIVED.join(", ")}`);
  await sql`select sesame.fold_everything()`;
}

/** Empties the facts too, and replays the inbox: every stored body is translated again. */
export async function replayInbox(sql: postgres.Sql): Promise<number> {
  const stored = await sql<Stored[]>`
    select id, type, extract(epoch from created)::float8 as created, livemode, payload
    from sesame.stripe_events order by md5(id)`;
  await sql.unsafe(`truncate ${[...FACTS, ...DERIVED].join(", ")}, sesame.stripe_events`);
  for (let from = 0; from < stored.length; from += 300) {
    const events = stored.slice(from, from + 300).map((row) =>
      JSON.stringify(inboxEvent(readAgain(row)))
    );
    const failed = await processEvents(sql, events);
    if (failed[0] !== undefined) throw new Error(failed[0]);
  }
  await foldManual(sql);
  return stored.length;
}

interface Stored {
  id: string;
  type: string;
  created: number;
  livemode: boolean;
  payload: string;
}

/** The event as it arrived. A fetched object is stored without an envelope. */
function readAgain({ payload, ...envelope }: Stored): StripeEvent {
  const body = JSON.parse(payload);
  if (!envelope.type.endsWith(".fetched")) return { ...body, id: envelope.id };
  return { object: "event", api_version: null, ...envelope, data: { object: body } };
}

async function foldManual(sql: postgres.Sql): Promise<void> {
  await sql`
    select sesame.fold_sources(jsonb_build_object('manual_grant', jsonb_agg(id)))
    from sesame.manual_grants having count(*) > 0`;
}
