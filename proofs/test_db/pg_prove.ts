/**
 * Runs the same files with Debian's `pg_prove`, with the same options as `supabase db test`.
 *
 * @module
 */

/** True if all files pass; what they print goes to the terminal. */
export async function pgProve(files: readonly string[], dbUrl: string): Promise<boolean> {
  const { hostname, port, username, password, pathname } = new URL(dbUrl);
  const prove = new Deno.Command("pg_prove", {
    args: ["--ext", ".pg", "--ext", ".sql", "-r", ...files],
    env: {
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: password,
      PGDATABASE: pathname.slice(1),
    },
  });
  return (await prove.spawn().status).success;
}
