/**
 * Errors of the database as PostgREST answers them: SQLSTATE, message, detail and hint, with a status.
 * lite knows some classes of them and answers `SUP` to the others, our own `SE…` among them.
 */

/** The part of lite's connection that every database error passes through before it is answered. */
interface Connection {
  normalizeDbError(error: unknown): unknown;
}

interface DatabaseError {
  code: string;
  message: string;
  detail?: string;
  hint?: string;
}

/** The errors that lite answers correctly. */
const KNOWN = /^(21|22|23|25006|42|53|55|PGRST|PT)/;

/** From now on, this connection's errors keep their SQLSTATE. */
export function keepSqlstates(connection: Connection): void {
  const normalize = connection.normalizeDbError.bind(connection);
  connection.normalizeDbError = (error) => {
    const normalized = normalize(error);
    return isUnknown(normalized) ? answered(normalized) : normalized;
  };
}

function isUnknown(error: unknown): error is DatabaseError {
  const { code } = Object(error) as Partial<DatabaseError>;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !KNOWN.test(code);
}

/** In the form of `raise sqlstate 'PGRST'`, which lets a function choose its answer, also with lite. */
function answered({ code, message, detail, hint }: DatabaseError): Error {
  return Object.assign(
    new Error(JSON.stringify({ code, message, details: detail ?? null, hint: hint ?? null })),
    {
      code: "PGRST",
      detail: JSON.stringify({ status: statusOf(code), headers: {} }),
    },
  );
}

/** https://docs.postgrest.org/en/stable/references/errors.html */
function statusOf(code: string): number {
  if (code === "P0001") return 400;
  if (/^(0L|0P|28)/.test(code)) return 403;
  if (/^(08|57P01)/.test(code)) return 503;
  return /^(09|25|2D|38|39|3B|40|54|57|58|F0|HV|P0|XX)/.test(code) ? 500 : 400;
}
