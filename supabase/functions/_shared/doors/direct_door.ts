import type { PostgresError, Sql } from "postgres";
import { inBackground } from "../background.ts";
import { EXPOSED_SCHEMA } from "../exposed_schema.ts";
import type { InboxEvent } from "../inbox_event.ts";
import { Refusal, Unavailable } from "../problem.ts";
import type { Call } from "./call.ts";
import { errorCode, isTransient } from "./sqlstate.ts";
import { orOlder } from "./or_older.ts";
import { untilFolded } from "./until_folded.ts";
import { planningOn, warmingUp, type WarmUp } from "./warm_up.ts";
import { toJsonArray } from "./wire.ts";
import { within } from "../within.ts";

/**
 * Milliseconds both calls may take, connecting included. Postgres itself gives up each call a little
 * earlier: role sesame_webhook has a statement_timeout of 3600 ms. The role has it, because a pooler
 * refuses it as a startup parameter. A statement that sets it would cost every call a round trip.
 */
const TIME_LIMIT = 4_000;

const ANSWER = `select event_id, outcome, detail, to_json("fetch") as "fetch"`;

// Through text: a string bound to a jsonb parameter would be encoded a second time.
const PROCESS = `
  ${ANSWER} from ${EXPOSED_SCHEMA}.process_stripe_events($1::text::jsonb, true)`;

const PROCESS_OLDER = `
  ${ANSWER} from ${EXPOSED_SCHEMA}.process_stripe_events($1::text::jsonb)`;

const FOLD = `
  ${ANSWER} from ${EXPOSED_SCHEMA}.fold_received_events(
    array(select jsonb_array_elements_text($1::text::jsonb)))`;

interface Connection {
  sql: Sql;
  /** Whether the connection is to Postgres itself and not to a pooler. */
  isDirect: Promise<boolean>;
  warmUp: WarmUp;
}

/**
 * The direct door: one connection, opened at the first call and again after every error. It needs only
 * a Postgres URL, and finds out by itself whether a pooler is behind it.
 */
export function directDoor(url: string, timeLimit = TIME_LIMIT): Call {
  let connection: Promise<Connection> | null = null;
  let calls = 0;

  return async (events, signal) => {
    const mine = connection ??= connect(url, () => calls === 0);
    const began = performance.now();
    calls++;
    try {
      const answer = await within(timeLimit, processEvents(mine, events), signal);
      // In a burst over many connections all calls are slow, and the others come first.
      inBackground(warmUp(mine, 2 * (performance.now() - began)));
      return answer;
    } catch (error) {
      // This connection may be the cause of any error: a read-only session stays read-only.
      // A new client also forgets the driver's back-off of up to 20 s.
      if (connection === mine) connection = null;
      mine.then(({ sql }) => sql.end({ timeout: 0 })).catch(() => {});
      throw refusalOf(error);
    } finally {
      calls--;
    }
  };
}

async function connect(url: string, isIdle: () => boolean): Promise<Connection> {
  const { default: postgres } = await import("postgres");
  const sql = postgres(url, CONNECTION_OPTIONS);
  const isDirect = isPostgresItself(sql);
  isDirect.catch(() => {}); // a call that timed out no longer waits for it
  return { sql, isDirect, warmUp: warmingUp(planningOn(sql), isIdle) };
}

/** Behind a pooler the next call may reach another backend, which knows nothing of these plans. */
async function warmUp(opened: Promise<Connection>, pause: number): Promise<void> {
  const { isDirect, warmUp } = await opened;
  if (await isDirect) await warmUp(pause);
}

/** Postgres announces the number of the process that answers queries. A pooler announces another number. */
async function isPostgresItself(sql: Sql): Promise<boolean> {
  const rows = await sql.unsafe("select pg_backend_pid() as pid");
  return rows[0]?.pid === rows.state.pid;
}

/** For the driver; its times are in seconds. */
const CONNECTION_OPTIONS = {
  max: 1, // one batch is in flight at a time
  // The driver's own timeout may fire for a closed socket, as an error that cannot be caught. Each call
  // has a time limit, connecting included.
  connect_timeout: 0,
  idle_timeout: 60,
  fetch_types: false, // saves a round trip: all columns are text or json
  onnotice: () => {},
  connection: { application_name: "sesame" }, // poolers refuse most of the other parameters
};

async function processEvents(opening: Promise<Connection>, events: InboxEvent[]): Promise<unknown> {
  const { sql, isDirect } = await opening;
  // A prepared call takes one round trip instead of two. Behind a pooler the next call may reach another
  // backend that does not know the statement, and prepared statements would pile up on each backend.
  return await processOn(sql, await isDirect, events);
}

/** Both calls over an open connection. */
export async function processOn(
  sql: Sql,
  prepare: boolean,
  events: InboxEvent[],
): Promise<unknown> {
  const json = toJsonArray(events);
  return await untilFolded(
    orOlder(
      () => sql.unsafe(PROCESS, [json], { prepare }),
      () => sql.unsafe(PROCESS_OLDER, [json], { prepare }),
    ),
    (ids) => sql.unsafe(FOLD, [JSON.stringify(ids)], { prepare }),
  );
}

/** Postgres errors have a SQLSTATE. Other errors with a code come from the connection. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Refusal || !("code" in error)) return error;
  if (!isPostgresError(error)) return new Unavailable(String(error.code));
  const reason = errorCode(error.code) ?? "unknown";
  return isTransient(reason) || isFatal(error)
    ? new Unavailable(reason)
    : new Refusal("internal", { reason });
}

function isPostgresError(error: Error): error is PostgresError {
  return error.name === "PostgresError";
}

/** The server or a pooler ended the session. The call itself may be valid. */
function isFatal({ severity, severity_local }: PostgresError): boolean {
  return severity === "FATAL" || severity_local === "FATAL";
}
