import assert from "node:assert/strict";
import { connectionOptions, directDoor } from "./direct_door.ts";
import { inboxEvent } from "../testing.ts";

const events = [inboxEvent("evt_1")];

/** A server that accepts and never says a word: what a hung Postgres looks like. */
async function withMutePostgres(
  test: (url: string, connections: Deno.Conn[]) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const connections: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) connections.push(connection);
  })();
  try {
    await test(`postgresql://sesame:secret@127.0.0.1:${listener.addr.port}/postgres`, connections);
  } finally {
    listener.close();
    await accepting;
    for (const connection of connections) connection.close();
  }
}

// The driver closes its socket on its own time, after the call has settled.
const unsanitized = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "a Postgres that hangs is unavailable when the time limit is over",
  unsanitized,
  async () => {
    await withMutePostgres(async (url) => {
      const door = directDoor(url, 100);
      const started = performance.now();
      await assert.rejects(door(events), { code: "unavailable" });
      await assert.rejects(door(events), { code: "unavailable" }, "and again, with a new client");
      assert(performance.now() - started < 1_000);
    });
  },
);

Deno.test(
  "a call that is aborted is unavailable at once, and its client is let go",
  unsanitized,
  async () => {
    await withMutePostgres(async (url, connections) => {
      const door = directDoor(url);
      const started = performance.now();
      for (let call = 1; call <= 2; call++) {
        const refused = {
          code: "unavailable",
          more: { reason: "aborted", headers: { "retry-after": "5" } },
        };
        await assert.rejects(door(events, AbortSignal.timeout(100)), refused);
        assert.equal(connections.length, call, "each call has a client of its own");
      }
      assert(performance.now() - started < 1_000);
    });
  },
);

Deno.test("a Postgres that is down is unavailable at once, each time", unsanitized, async () => {
  let closed = "";
  await withMutePostgres((url) => Promise.resolve(void (closed = url)));
  const door = directDoor(closed);
  for (let attempt = 1; attempt <= 5; attempt++) {
    const started = performance.now();
    await assert.rejects(door(events), { code: "unavailable" });
    assert(performance.now() - started < 1_000, "the driver's back-off does not add up");
  }
});

Deno.test("behind a transaction pooler nothing is prepared, and no parameter is set", () => {
  const pooled = connectionOptions("postgresql://sesame@pooler.supabase.com:6543/postgres", 4_000);
  assert.equal(pooled.prepare, false);
  assert.deepEqual(pooled.connection, { application_name: "sesame" });
});

Deno.test("a connection of our own prepares, and Postgres gives up a little before we do", () => {
  for (const host of ["db.ref.supabase.co:5432", "localhost"]) {
    const own = connectionOptions(`postgresql://sesame@${host}/postgres`, 4_000);
    assert.equal(own.prepare, true);
    assert.deepEqual(own.connection, { application_name: "sesame", statement_timeout: 3_600 });
  }
});
