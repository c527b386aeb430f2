import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { createSesame } from "./sesame.ts";
import { clientAnswering, codeOf, MEMBERS_CALLS, sesameAnswering } from "./testing.ts";

const HTML = { headers: { "content-type": "text/html" } };
const JSON_TYPE = { headers: { "content-type": "application/json" } };

const refusal = (body: unknown, status = 409) => () => Response.json(body, { status });

/** Answers that no server of Sesame gives to any of the calls. */
const STRANGE: readonly (readonly [title: string, answer: () => Response, code: string])[] = [
  ["a page in HTML", () => new Response("<h1>Welcome</h1>", HTML), "unknown"],
  ["an error page", () => new Response("<h1>500</h1>", { ...HTML, status: 500 }), "unknown"],
  ["a gateway's page", () => new Response("<h1>502</h1>", { ...HTML, status: 502 }), "unavailable"],
  ["JSON that breaks off", () => new Response('{"url": "htt', JSON_TYPE), "unknown"],
  ["a list of anything", () => Response.json([null, 1, "x"]), "unknown"],
  ["an address that is a script", () => Response.json({ url: "javascript:alert(1)" }), "unknown"],
  ["a code of another version", refusal({ code: "on_sale_tomorrow" }), "unknown"],
  ["a code that every object has", refusal({ code: "constructor" }), "unknown"],
  ["choose_price without prices", refusal({ code: "choose_price" }), "unknown"],
  [
    "prices without modules",
    refusal({ code: "choose_price", prices: [{ price: "x" }] }),
    "unknown",
  ],
  [
    "already_owned that leads to a script",
    refusal({ code: "already_owned", modules: [], url: "javascript:alert(1)" }),
    "unknown",
  ],
  ["no_access without a reason", refusal({ code: "no_access" }, 403), "unknown"],
  ["internal", refusal({ code: "internal" }, 500), "unknown"],
  ["too many requests", refusal({}, 429), "unavailable"],
];

for (const [title, answer, code] of STRANGE) {
  Deno.test(`attack: given ${title}, every call resolves to ${code}`, async () => {
    const sesame = sesameAnswering(answer);
    for (const [name, call] of MEMBERS_CALLS) {
      assert.equal(await codeOf(call(sesame)), code, name);
    }
  });
}

Deno.test("attack: given an empty answer, only a claim link has succeeded", async () => {
  const sesame = sesameAnswering(() => new Response(null, { status: 204 }));
  for (const [name, call] of MEMBERS_CALLS) {
    const code = name === "claim a purchase" ? "none" : "unknown";
    assert.equal(await codeOf(call(sesame)), code, name);
  }
});

Deno.test("an answer of another version keeps its status and its code", async () => {
  const { error } = await sesameAnswering(refusal({ code: "on_sale_tomorrow" })).portal();
  assert.deepEqual(error, {
    code: "unknown",
    message: "Unexpected answer: 409 on_sale_tomorrow.",
    status: 409,
    serverCode: "on_sale_tomorrow",
  });
});

Deno.test("attack: a text in the place of a code gets neither into the code nor into the message", async () => {
  const { error } = await sesameAnswering(refusal({ code: "Ada <ada@example.com>" })).portal();
  assert.doesNotMatch(JSON.stringify(error), /ada/i);
});

Deno.test("a code that another call has is unknown to this one", async () => {
  const sesame = sesameAnswering(refusal({ code: "no_customer" }, 404));
  assert.equal(await codeOf(sesame.portal()), "no_customer");
  assert.equal(await codeOf(sesame.buy({ module: "whisper" })), "unknown");
});

Deno.test("attack: a server that hangs, or a session that does, ends with the signal", async () => {
  const hanging = () => new Promise<never>(() => {});
  const withoutSession = createClient("http://127.0.0.1:9", "sb_publishable_1", {
    accessToken: hanging,
  });
  for (const client of [clientAnswering(hanging), withoutSession]) {
    const sesame = createSesame(client);
    for (const [name, call] of MEMBERS_CALLS) {
      const aborting = new AbortController();
      const answer = codeOf(call(sesame, aborting.signal));
      aborting.abort();
      assert.equal(await answer, "aborted", name);
    }
  }
});

Deno.test("given a signal that is aborted already, nothing is sent", async () => {
  let requests = 0;
  const sesame = sesameAnswering(() => Response.json(requests++));
  for (const [name, call] of MEMBERS_CALLS) {
    assert.equal(await codeOf(call(sesame, AbortSignal.abort())), "aborted", name);
  }
  assert.equal(requests, 0);
});

Deno.test("attack: an answer that arrives after the abort is not used", async () => {
  const aborting = new AbortController();
  const sesame = sesameAnswering(() => {
    aborting.abort();
    return Response.json({ url: "https://example.com/" });
  });
  assert.equal(await codeOf(sesame.portal({ signal: aborting.signal })), "aborted");
});

/** The requests of all calls, as method, path and schema. */
async function requestsOf(options: { schema?: string; functionsPrefix?: string }) {
  const seen: string[] = [];
  const client = clientAnswering(({ method, url, headers }) => {
    const schema = headers.get("accept-profile") ?? headers.get("content-profile") ?? "";
    seen.push(`${method} ${new URL(url).pathname} ${schema}`.trim());
    return Response.json({});
  });
  for (const [, call] of MEMBERS_CALLS) await call(createSesame(client, options));
  return seen;
}

Deno.test("calls go to the schema and to the functions that the options name", async () => {
  assert.deepEqual(await requestsOf({}), [
    "GET /rest/v1/my_modules public",
    "POST /rest/v1/rpc/has_module_access public",
    "POST /functions/v1/checkout",
    "POST /functions/v1/checkout/status",
    "POST /rest/v1/rpc/claim_free_module public",
    "POST /rest/v1/rpc/claim_purchase public",
    "POST /functions/v1/checkout/portal",
    "POST /functions/v1/module-token",
  ]);
  const named = await requestsOf({ schema: "sesame_api", functionsPrefix: "shop-" });
  assert.deepEqual(named.slice(0, 3), [
    "GET /rest/v1/my_modules sesame_api",
    "POST /rest/v1/rpc/has_module_access sesame_api",
    "POST /functions/v1/shop-checkout",
  ]);
});

Deno.test("an app whose client has another default schema still reads Sesame's", async () => {
  const schemas: (string | null)[] = [];
  const client = createClient("http://127.0.0.1:9", "sb_publishable_1", {
    db: { schema: "app" as "public" },
    global: {
      fetch: (input, init) => {
        schemas.push(new Request(input, init).headers.get("accept-profile"));
        return Promise.resolve(Response.json([]));
      },
    },
    auth: { persistSession: false, autoRefreshToken: false },
  });
  await createSesame(client).modules();
  assert.deepEqual(schemas, ["public"]);
});

/** A client whose user is signed in, and which counts how often the modules are read. */
function countingReads(answer: (path: string) => Response) {
  let reads = 0;
  const client = clientAnswering((request) => {
    const { pathname } = new URL(request.url);
    if (!pathname.endsWith("/my_modules")) return answer(pathname);
    reads++;
    return Response.json([]);
  });
  const session = { user: { id: "ada" } };
  client.auth.getSession = () => Promise.resolve({ data: { session }, error: null }) as never;
  client.auth.onAuthStateChange = ((notice: (event: string, now: typeof session) => void) => {
    notice("INITIAL_SESSION", session);
    return { data: { subscription: { unsubscribe() {} } } };
  }) as never;
  client.channel = () => {
    throw new Error("no WebSocket");
  };
  return { sesame: createSesame(client), reads: () => reads };
}

Deno.test("listeners read at once after a call that may have changed access, and not after a refusal", async () => {
  const good = { url: "https://example.com/", status: "paid", modules: [] };
  for (const [answer, reads] of [[good, 2], [{ code: "denied" }, 1]] as const) {
    const status = "code" in answer ? 403 : 200;
    const stage = countingReads(() => Response.json(answer, { status }));
    const read = Promise.withResolvers<void>();
    const end = stage.sesame.onChange(() => read.resolve());
    await read.promise;
    await stage.sesame.buy({ module: "whisper" });
    const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
    do await turn(); while (stage.reads() < reads);
    assert.equal(stage.reads(), reads);
    end();
  }
});
