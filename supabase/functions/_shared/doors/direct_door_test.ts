import assert from "node:assert/strict";
import { directDoor } from "./direct_door.ts";
import { inboxEvent } from "../testing.ts";

const events = [inboxEvent("evt_1")];

/** A server that accepts connections and never answers, as a hung Postgres does. */
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
      assert(performance.now() - started < 3_500);
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
      assert(performance.now() - started < 3_500);
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
    assert(performance.now() - started < 3_500, "the driver's back-off does not add up");
  }
});

/** The errors with which a server or a pooler ends a session. */
function fatal(code: string): Uint8Array {
  const fields = [`SFATAL`, `VFATAL`, `C${code}`, "Mada@example.com", ""].join("\0") + "\0";
  const bytes = new Uint8Array(5 + fields.length);
  bytes[0] = "E".charCodeAt(0);
  new DataView(bytes.buffer).setUint32(1, 4 + fields.length);
  bytes.set(new TextEncoder().encode(fields), 5);
  return bytes;
}

Deno.test(
  "whatever code a session is ended with, it is unavailable, with nothing but the code, and dialled anew",
  unsanitized,
  async () => {
    // XX000: Supavisor's code for an unknown tenant, and for too many clients.
    for (const code of ["XX000", "08P01", "28P01", "3D000", "57P01", "42501"]) {
      let dialled = 0;
      const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
      const accepting = (async () => {
        for await (const connection of listener) {
          dialled++;
          await connection.read(new Uint8Array(1_024));
          await connection.write(fatal(code));
          connection.close();
        }
      })();
      const door = directDoor(
        `postgresql://sesame:secret@127.0.0.1:${listener.addr.port}/postgres`,
      );
      const refused = {
        code: "unavailable",
        message: "unavailable",
        more: { reason: code, headers: { "retry-after": "5" } },
      };
      for (let call = 1; call <= 3; call++) {
        await assert.rejects(door(events), refused);
        assert.equal(dialled, call, "each call has a client of its own");
      }
      listener.close();
      await accepting;
    }
  },
);
