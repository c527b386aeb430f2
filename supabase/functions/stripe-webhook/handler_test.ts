import assert from "node:assert/strict";
import type { EventOutcome, InboxEvent } from "../_shared/inbox_event.ts";
import type { LogLine } from "../_shared/log.ts";
import { answering, Refusal, Unavailable } from "../_shared/problem.ts";
import type { Door } from "../_shared/rpc.ts";
import { allApplied, inboxEvent } from "../_shared/testing.ts";
import { batching, LIMITS } from "./batch.ts";
import { counted } from "./counted.ts";
import { diagnosing } from "./diagnose.ts";
import type { Enrich } from "./enrich.ts";
import { stripeWebhook } from "./handler.ts";
import { delivery, eventBody, SECRET, signatureOf } from "./testing.ts";
import { verifying } from "./verify.ts";

const URL = "http://localhost/stripe-webhook";

/** The whole function with a door for this test. */
function webhook(
  door: Door = (events) => Promise.resolve(allApplied(events)),
  enrich: Enrich = () => Promise.resolve([]),
) {
  const stored: InboxEvent[] = [];
  const lines: LogLine[] = [];
  const rows: unknown[] = [];
  const handler = stripeWebhook({
    verify: verifying([SECRET]),
    diagnosing: diagnosing({ secrets: [SECRET], livemode: false }),
    enrich,
    write: (line) => lines.push(line),
    deliver: batching((events) => (stored.push(...events), door(events)), {
      ...LIMITS,
      deadline: 50,
    }),
    ours: { livemode: false, accounts: new Set() },
  });
  const inFigures = counted(handler, (_figure, row) => void rows.push(row));
  return { stored, lines, rows, post: answering(inFigures, (line) => lines.push(line)) };
}

function doorSaying(outcome: EventOutcome["outcome"], detail: string | null = null): Door {
  return (events) =>
    Promise.resolve(events.map(({ id }) => ({ event_id: id, outcome, detail, fetch: null })));
}

/** The delivery is refused with this status and code, and nothing reaches Postgres. */
async function refuses(request: Request, status: number, code: string): Promise<Response> {
  const { stored, lines, post } = webhook();
  const response = await post(request);
  assert.equal(response.status, status);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(Object.keys(await response.json()), ["type", "title", "status", "code"]);
  assert.deepEqual(stored, []);
  assert.equal(lines.length, 1);
  assert.equal(lines[0]!.code, code);
  return response;
}

Deno.test("a signed event is stored, and its outcome is the answer", async () => {
  for (const outcome of ["applied", "duplicate", "ignored", "quarantined"] as const) {
    const { stored, lines, post } = webhook(doorSaying(outcome));
    const response = await post(await delivery(eventBody()));
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { received: true, outcome });
    assert.deepEqual(stored.map(({ id, payload }) => [id, payload]), [["evt_1", eventBody()]]);
    const [{ ms, ...line }] = lines as [LogLine];
    assert.deepEqual(line, { event_id: "evt_1", type: "customer.created", outcome });
    assert.equal(typeof ms, "number");
  }
});

Deno.test("an event that could not be applied is a 500, so that Stripe sends it again", async () => {
  const { lines, post } = webhook(doorSaying("failed", "23514"));
  const response = await post(await delivery(eventBody()));
  assert.equal(response.status, 500);
  assert.equal((await response.json()).code, "event_failed");
  assert.equal(lines[0]!.outcome, "failed");
  assert.equal(lines[0]!.code, "23514");
});

Deno.test("an object that was read beside an event goes into the same call", async () => {
  const calls: string[][] = [];
  const { post } = webhook((events) => {
    calls.push(events.map(({ id }) => id));
    return Promise.resolve(allApplied(events));
  }, ({ id }) => Promise.resolve([inboxEvent(`fetch_of_${id}`)]));
  const response = await post(await delivery(eventBody()));
  assert.deepEqual(await response.json(), { received: true, outcome: "applied" });
  assert.deepEqual(calls, [["evt_1", "fetch_of_evt_1"]]);
});

Deno.test("an unknown word is logged on a line of its own", async () => {
  const { lines, post } = webhook();
  const data = { object: { id: "sub_1", status: "hibernating", description: "ada" } };
  await post(await delivery(eventBody({ type: "customer.subscription.updated", data })));
  const [line, { outcome }] = lines as [LogLine, LogLine];
  assert.deepEqual(line, {
    event_id: "evt_1",
    type: "customer.subscription.updated",
    code: "unknown_value",
    unknown: ["subscription.status=hibernating"],
  });
  assert.equal(outcome, "applied");
});

Deno.test("any method but POST is refused", async () => {
  for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const response = await refuses(new Request(URL, { method }), 405, "method_not_allowed");
    assert.equal(response.headers.get("allow"), "POST");
  }
});

Deno.test("an unsigned delivery is refused", async () => {
  await refuses(new Request(URL, { method: "POST", body: eventBody() }), 400, "unsigned");
  const blank = { method: "POST", body: eventBody(), headers: { "stripe-signature": " " } };
  await refuses(new Request(URL, blank), 400, "unsigned");
  await refuses(new Request(URL, { method: "POST" }), 400, "unsigned");
});

Deno.test("a forged delivery is refused", async () => {
  await refuses(await delivery(eventBody(), "whsec_eve"), 400, "bad_signature");
});

Deno.test("a stale or future signature is refused", async () => {
  const now = Math.floor(Date.now() / 1_000);
  for (const time of [now - 310, now + 310]) {
    const headers = { "stripe-signature": await signatureOf(eventBody(), SECRET, time) };
    const request = new Request(URL, { method: "POST", headers, body: eventBody() });
    await refuses(request, 400, "bad_signature");
  }
});

Deno.test("a header that no body can match is refused, whatever the size of the body", async () => {
  const stale = Math.floor(Date.now() / 1_000) - 310;
  const v1 = `v1=${"0".repeat(64)}`;
  const headers = ["", " ", "nonsense", v1, `t=${stale + 310}`, `t=${stale},${v1}`];
  for (const header of headers) {
    let read = 0;
    const body = new ReadableStream<Uint8Array>({
      // Larger than any body that is read. A function that checks the header first does not notice.
      pull(controller) {
        if ((read += 65_536) > 2 * 1_048_576) controller.close();
        else controller.enqueue(new Uint8Array(65_536));
      },
    });
    const request = { method: "POST", headers: { "stripe-signature": header }, body };
    const code = header.trim() === "" ? "unsigned" : "bad_signature";
    await refuses(new Request(URL, request), 400, code);
  }
});

Deno.test("one forged and one stale delivery in each pause is examined, and the log has the cause", async () => {
  const { lines, rows, post } = webhook();
  const stale = Math.floor(Date.now() / 1_000) - 310;
  const forged = await delivery(eventBody(), "whsec_eve");
  const rewritten = new Request(await delivery(eventBody(), "whsec_eve"), { body: "id=evt_1" });
  const late = { "stripe-signature": await signatureOf(eventBody(), SECRET, stale) };
  const tooLate = () => new Request(URL, { method: "POST", headers: late, body: eventBody() });
  for (const request of [forged, rewritten, tooLate(), tooLate()]) {
    const response = await post(request);
    assert.doesNotMatch(await response.text(), /secret|clock/, "the caller learns nothing of it");
  }
  assert.deepEqual(lines.map(({ cause }) => cause), [
    "wrong_secret",
    undefined,
    "clock",
    undefined,
  ]);
  assert.deepEqual(rows, [
    { kind: "no_match", cause: "wrong_secret" },
    { kind: "no_match", cause: "unknown" },
    { kind: "out_of_time", cause: "clock" },
    { kind: "out_of_time", cause: "unknown" },
  ]);
});

Deno.test("a signed body that is not JSON or not an event is refused", async () => {
  await refuses(await delivery("{"), 400, "not_json");
  for (const body of ["null", "[]", '"evt_1"', "{}"]) {
    await refuses(await delivery(body), 400, "not_an_event");
  }
});

Deno.test("an event of the other mode or of another account is quarantined and never translated", async () => {
  for (
    const [fields, quarantine] of [
      [{ livemode: true }, "wrong_mode"],
      [{ account: "acct_eve" }, "foreign_account"],
      [{ object: "v2.core.event", context: "acct_eve" }, "foreign_account"],
    ] as const
  ) {
    const { stored, lines, post } = webhook(doorSaying("quarantined", quarantine));
    const response = await post(await delivery(eventBody(fields)));
    assert.equal(response.status, 200);
    assert.equal(lines[0]!.code, quarantine, "the operator can see why");
    assert.equal(stored[0]!.quarantine, quarantine);
    assert.deepEqual(stored[0]!.facts, []);
  }
});

Deno.test("a thin event is stored and acknowledged", async () => {
  const body = JSON.stringify({
    id: "evt_thin",
    object: "v2.core.event",
    type: "v2.core.account.updated",
    livemode: false,
    created: "2026-01-02T03:04:05.000Z",
    related_object: { id: "acct_1", type: "v2.core.account" },
  });
  const { stored, post } = webhook(doorSaying("ignored"));
  assert.equal((await post(await delivery(body))).status, 200);
  const [event] = stored as [InboxEvent];
  assert.deepEqual([event.id, event.object_id, event.facts], ["evt_thin", "acct_1", []]);
  assert.equal(event.created, Date.UTC(2026, 0, 2, 3, 4, 5) / 1_000);
  assert.equal(event.payload, body);
});

Deno.test("NUL and lone surrogates in metadata are stored exactly as they were signed", async () => {
  const body = eventBody().replace("cus_ada", String.raw`cus_\u0000\ud800`);
  const { stored, post } = webhook();
  assert.equal((await post(await delivery(body))).status, 200);
  assert.equal(stored[0]!.payload, body);
});

Deno.test("of two deliveries of the same event at the same instant, one is applied and one is a duplicate", async () => {
  const known = new Set<string>();
  const { post } = webhook(async (events) => {
    await Promise.resolve();
    return events.map(({ id }) => {
      const outcome = known.has(id) ? "duplicate" : "applied";
      known.add(id);
      return { event_id: id, outcome, detail: null, fetch: null };
    });
  });
  const both = [await delivery(eventBody()), await delivery(eventBody())];
  const answers = await Promise.all(both.map(async (request) => (await post(request)).json()));
  const words = answers.map(({ outcome }) => outcome).sort();
  assert.deepEqual(words, ["applied", "duplicate"]);
});

Deno.test("a door that hangs gives 503 by the deadline, also to deliveries that wait behind it", async () => {
  const { stored, lines, post } = webhook(() => new Promise(() => {}));
  const deliveries = await Promise.all(["evt_1", "evt_2"].map((id) => delivery(eventBody({ id }))));
  const started = performance.now();
  for (const response of await Promise.all(deliveries.map(post))) {
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "5");
    assert.equal((await response.json()).code, "unavailable");
  }
  assert(performance.now() - started < 5_000);
  assert.equal(stored.length, 1, "who waited was never sent");
  assert.deepEqual(lines.map(({ code }) => code), ["deadline", "deadline"]);
});

Deno.test("the error text of a failing door reaches neither the caller nor the log", async () => {
  for (
    const [error, status] of [
      [new Error("duplicate key (email)=(ada@example.com)"), 500],
      [new Refusal("internal", { reason: "23505" }), 500],
      [new Unavailable("57P01"), 503],
    ] as const
  ) {
    const { lines, post } = webhook(() => Promise.reject(error));
    const response = await post(await delivery(eventBody()));
    assert.equal(response.status, status);
    assert.doesNotMatch(await response.text(), /ada|23505|57P01/);
    assert.doesNotMatch(JSON.stringify(lines), /ada/);
    assert.equal(lines[0]!.event_id, "evt_1");
  }
});
