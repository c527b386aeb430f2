/**
 * Runs the same files with Debian's `pg_prove`, in the very words of `supabase db test`.
 *
 * @module
 */

/** True where all files pass; what they print goes to the terminal. */
export async function pgProve(folder: string, dbUrl: string): Promise<boolean> {
  const { hostname, port, username, password, pathname } = new URL(dbUrl);
  const prove = new Deno.Command("pg_prove", {
    args: ["--ext", ".pg", "--ext", ".sql", "-r", folder],
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
