import assert from "node:assert/strict";
import { startPostgres } from "./postgres.ts";
import { withDatabase } from "./with_database.ts";

Deno.test("given a server that stops during a query, the work fails and the connection ends", async () => {
  await using server = await startPostgres({ durable: false });
  const work = withDatabase(server.adminUrl, async (sql) => {
    await sql`select 1`;
    const sleeping = sql`select pg_sleep(30)`.execute();
    await Promise.all([sleeping, server.pause()]);
  });
  // The server may say that it stops, or only the socket ends, in one of several ways.
  await assert.rejects(
    work,
    ({ code }: { code?: string }) => /^(CONNECTION_|ECONN|EPIPE|57P0)/.test(`${code}`),
  );
});
