/**
 * Whether an error of Postgres (SQLSTATE) or of the Data API (PGRST…) is a fault of the moment.
 *
 * 08 connection, 40 rollback (deadlock, serialization), 53 out of resources, 55P03 lock timeout,
 * 57 shutdown or cancelled, 58 system error; PGRST000 to 003: the API cannot reach Postgres.
 */
export function isTransient(code: string): boolean {
  return /^(?:(?:08|40|53|57|58)[0-9A-Z]{3}|55P03|PGRST00\d)$/.test(code);
}

/** The value as a code fit for a log; null: it is no SQLSTATE and no code of the Data API. */
export function errorCode(value: unknown): string | null {
  return typeof value === "string" && /^(?:[0-9A-Z]{5}|PGRST\w{1,4})$/.test(value) ? value : null;
}
