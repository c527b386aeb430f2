import type { Sql } from "postgres";
import type { InboxEvent } from "../inbox_event.ts";
import { Refusal, Unavailable } from "../problem.ts";
import type { Call } from "./call.ts";
import { errorCode, isTransient } from "./sqlstate.ts";
import { toJsonArray } from "./wire.ts";
import { within } from "../within.ts";

/** Milliseconds one call may take, connecting included. */
const TIME_LIMIT = 4_000;

/** Where Supabase's transaction poolers listen. */
const TRANSACTION_POOLER_PORT = "6543";

/** The door of our own: one connection, opened at the first call and again after every fault. */
export function directDoor(url: string, timeLimit = TIME_LIMIT): Call {
  let connection: Promise<Sql> | null = null;

  return async (events, signal) => {
    const mine = connection ??= connect(url, timeLimit);
    try {
      return await within(timeLimit, processEvents(mine, events), signal);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal instanceof Refusal && !(refusal instanceof Unavailable)) throw refusal;
      // A fresh client also forgets the driver's back-off, up to 20 s: Postgres may be back sooner.
      if (connection === mine) connection = null;
      mine.then((sql) => sql.end({ timeout: 0 })).catch(() => {});
      throw refusal;
    }
  };
}

async function connect(url: string, timeLimit: number): Promise<Sql> {
  const { default: postgres } = await import("postgres");
  return postgres(url, connectionOptions(url, timeLimit));
}

/** What the driver is told; times of its own are in seconds, those of Postgres in milliseconds. */
export function connectionOptions(url: string, timeLimit: number) {
  const pooled = new URL(url).port === TRANSACTION_POOLER_PORT;
  return {
    max: 1, // one batch is in flight at a time
    // None of the driver's own: it may fire for a socket that is gone, and nobody could catch that. A call
    // has its time limit, connecting included.
    connect_timeout: 0,
    idle_timeout: 60,
    fetch_types: false, // saves a round trip: all columns are text or json
    prepare: !pooled, // a prepared statement stays behind when the pooler changes the backend
    onnotice: () => {},
    connection: {
      application_name: "sesame",
      // The server gives up a little before we do, and says so; a pooler refuses the parameter.
      ...(pooled ? {} : { statement_timeout: Math.floor(0.9 * timeLimit) }),
    },
  };
}

async function processEvents(connection: Promise<Sql>, events: InboxEvent[]): Promise<unknown> {
  const sql = await connection;
  // Through text: a string bound to a jsonb parameter would be encoded a second time.
  return await sql`
    select event_id, outcome, detail, to_json("fetch") as "fetch"
    from public.process_stripe_events(${toJsonArray(events)}::text::jsonb)`;
}

/** Postgres errors by their SQLSTATE; other errors with a code are the connection's. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Refusal || !("code" in error)) return error;
  if (error.name !== "PostgresError") return new Unavailable(String(error.code));
  const reason = errorCode(error.code) ?? "unknown";
  return isTransient(reason) ? new Unavailable(reason) : new Refusal("internal", { reason });
}
