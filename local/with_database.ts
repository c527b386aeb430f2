/** One connection to a database, for as long as some work takes. */

import postgres from "postgres";

/** How long the connection may take to end. Without a limit it waits for ever, if the server went away meanwhile. */
const END_SECONDS = 2;

/** Opens a connection, gives it to `work`, and ends it. */
export async function withDatabase<T>(
  dbUrl: string,
  work: (sql: postgres.Sql) => Promise<T>,
  options: { connect_timeout?: number } = {},
): Promise<T> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {}, ...options });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: END_SECONDS });
  }
}
