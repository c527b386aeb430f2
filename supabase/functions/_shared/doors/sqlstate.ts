/**
 * Whether a retry may succeed after an error of Postgres (SQLSTATE) or of the Data API (PGRST…): the error
 * is temporary, or it comes from the connection and not from the call.
 *
 * 08 connection, 25006 read-only, 25P0x transaction aborted or timed out, 26 and 42P05 prepared statement
 * lost or there twice (a pooler), 28 login refused, 3D000 no such database, 40 rollback (deadlock,
 * serialization), 53 out of resources, 55P03 lock timeout, 57 shutdown or cancelled, 58 system error;
 * PGRST000 to 003: the API cannot reach Postgres; SE011: Sesame stands aside, and may be back.
 */
export function isTransient(code: string): boolean {
  return /^(?:(?:08|26|28|40|53|57|58)[0-9A-Z]{3}|25006|25P0\d|3D000|42P05|55P03|PGRST00\d|SE011)$/
    .test(code);
}

/** The value as a code that may be logged; null: it is neither a SQLSTATE nor a code of the Data API. */
export function errorCode(value: unknown): string | null {
  return typeof value === "string" && /^(?:[0-9A-Z]{5}|PGRST\w{1,4})$/.test(value) ? value : null;
}
