import assert from "node:assert/strict";
import { apiDoor } from "./api_door.ts";
import { allApplied, inboxEvent } from "../testing.ts";

const events = [inboxEvent("evt_1"), inboxEvent("evt_2")];

/** Runs a test against a Data API that answers as `handler` says. */
async function withApi(
  handler: Deno.ServeHandler,
  test: (url: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ port: 0, onListen: () => {} }, handler);
  try {
    await test(`http://localhost:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

function answering(status: number, body: unknown): Deno.ServeHandler {
  return async (request) => {
    await request.body?.cancel();
    return Response.json(body, { status });
  };
}

Deno.test("all events go in one POST, with the secret key", async () => {
  const seen: unknown[] = [];
  await withApi(async (request) => {
    const { pathname } = new URL(request.url);
    const { headers } = request;
    seen.push([pathname, headers.get("apikey"), headers.get("authorization")]);
    seen.push(await request.json());
    return Response.json(allApplied(events));
  }, async (url) => {
    assert.deepEqual(await apiDoor({ url, key: "sb_secret_1" })(events), allApplied(events));
  });
  // A new key is not a JWT, so it stays out of `authorization`.
  assert.deepEqual(seen, [
    ["/rest/v1/rpc/process_stripe_events", "sb_secret_1", null],
    { events, may_wait: true },
  ]);
});

Deno.test("events that were only stored are folded by a second POST, with their ids", async () => {
  const seen: unknown[] = [];
  await withApi(async (request) => {
    const { pathname } = new URL(request.url);
    seen.push([pathname, await request.json()]);
    const isFirst = pathname.endsWith("process_stripe_events");
    const outcome = isFirst ? "received" : "applied";
    return Response.json(allApplied(events).map((row) => ({ ...row, outcome })));
  }, async (url) => {
    assert.deepEqual(await apiDoor({ url, key: "k" })(events), allApplied(events));
  });
  assert.deepEqual(seen, [
    ["/rest/v1/rpc/process_stripe_events", { events, may_wait: true }],
    ["/rest/v1/rpc/fold_received_events", { event_ids: ["evt_1", "evt_2"] }],
  ]);
});

Deno.test("a database of release 0.1.0 is called again in the form that it knows", async () => {
  const seen: unknown[] = [];
  await withApi(async (request) => {
    const args = await request.json();
    seen.push(args);
    if ("may_wait" in args) return Response.json({ code: "PGRST202" }, { status: 404 });
    return Response.json(allApplied(events));
  }, async (url) => {
    assert.deepEqual(await apiDoor({ url, key: "k" })(events), allApplied(events));
  });
  assert.deepEqual(seen, [{ events, may_wait: true }, { events }]);
});

Deno.test("events that are still not folded when the time of both calls is over are unavailable", async () => {
  const received = allApplied(events).map((row) => ({ ...row, outcome: "received" }));
  await withApi(answering(200, received), async (url) => {
    await assert.rejects(apiDoor({ url, key: "k" }, 100)(events), { code: "unavailable" });
  });
});

Deno.test("the legacy key is also a bearer token", async () => {
  const seen: (string | null)[] = [];
  await withApi(async (request) => {
    await request.body?.cancel();
    seen.push(request.headers.get("apikey"), request.headers.get("authorization"));
    return Response.json([]);
  }, async (url) => void await apiDoor({ url, key: "eyJ.a.b" })(events));
  assert.deepEqual(seen, ["eyJ.a.b", "Bearer eyJ.a.b"]);
});

Deno.test("a transient error, or one of the API's connection, is unavailable, with only its code", async () => {
  const message = "ada@example.com";
  for (
    const [status, body, reason] of [
      [500, { code: "57014", message }, "57014"],
      [500, { code: "55P03", message }, "55P03"],
      [405, { code: "25006", message }, "25006"], // a read-only database
      [403, { code: "28000", message }, "28000"],
      [400, { code: "26000", message }, "26000"], // a prepared statement, lost behind a pooler
      [503, { code: "PGRST001", message }, "PGRST001"],
      [502, { message }, "HTTP 502"],
      [429, message, "HTTP 429"],
    ] as const
  ) {
    await withApi(answering(status, body), async (url) => {
      await assert.rejects(apiDoor({ url, key: "k" })(events), {
        code: "unavailable",
        message: "unavailable",
        more: { reason, headers: { "retry-after": "5" } },
      });
    });
  }
});

Deno.test("any other error is internal, with only its code", async () => {
  const message = "ada@example.com";
  for (
    const [status, body, reason] of [
      [403, { code: "42501", message }, "42501"],
      [404, { code: "PGRST202", message }, "PGRST202"],
      [500, { code: "XX000", message }, "XX000"],
      [401, { code: message, message }, "HTTP 401"],
    ] as const
  ) {
    await withApi(answering(status, body), async (url) => {
      await assert.rejects(apiDoor({ url, key: "k" })(events), {
        code: "internal",
        message: "internal",
        more: { reason },
      });
    });
  }
});

Deno.test("an API that hangs is unavailable when the time limit is over", async () => {
  let release = () => {};
  const hanging = new Promise<void>((resolve) => release = resolve);
  await withApi(async (request) => {
    await request.body?.cancel();
    await hanging;
    return Response.json([]);
  }, async (url) => {
    const refused = assert.rejects(apiDoor({ url, key: "k" }, 50)(events), {
      more: { reason: "TimeoutError", headers: { "retry-after": "5" } },
    });
    await refused.finally(release);
  });
});

Deno.test("a call that is aborted is unavailable at once", async () => {
  let release = () => {};
  const hanging = new Promise<void>((resolve) => release = resolve);
  await withApi(async (request) => {
    await request.body?.cancel();
    await hanging;
    return Response.json([]);
  }, async (url) => {
    const refused = assert.rejects(apiDoor({ url, key: "k" })(events, AbortSignal.timeout(50)), {
      code: "unavailable",
    });
    await refused.finally(release);
  });
});

Deno.test("an API that is down is unavailable", async () => {
  let closed = "";
  await withApi(answering(200, []), (url) => Promise.resolve(void (closed = url)));
  await assert.rejects(apiDoor({ url: closed, key: "k" })(events), { code: "unavailable" });
});

Deno.test("a redirect is not followed with the key", async () => {
  const paths: string[] = [];
  await withApi(async (request) => {
    await request.body?.cancel();
    paths.push(new URL(request.url).pathname);
    return new Response(null, { status: 307, headers: { location: "/elsewhere" } });
  }, async (url) => {
    await assert.rejects(apiDoor({ url, key: "k" })(events), { code: "unavailable" });
  });
  assert.deepEqual(paths, ["/rest/v1/rpc/process_stripe_events"]);
});

Deno.test("an answer that is not JSON is refused", async () => {
  await withApi(() => new Response("<html>"), async (url) => {
    assert.equal(await apiDoor({ url, key: "k" })(events), null);
  });
});
