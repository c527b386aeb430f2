import assert from "node:assert/strict";
import type { LogLine } from "./log.ts";
import { answering, type Handler, invalid, Refusal, Unavailable } from "./problem.ts";

const request = new Request("http://localhost/");

async function answerOf(handler: Handler): Promise<{ response: Response; line: LogLine }> {
  const lines: LogLine[] = [];
  const response = await answering(handler, (line) => lines.push(line))(request);
  assert.equal(lines.length, 1, "one line per request");
  return { response, line: lines[0]! };
}

function throwing(error: unknown): Handler {
  return () => Promise.reject(error);
}

Deno.test("a refusal becomes a problem document with its status and headers", async () => {
  const refusal = new Refusal("method_not_allowed", { headers: { allow: "POST" } });
  const { response } = await answerOf(throwing(refusal));
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "POST");
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(await response.json(), {
    type: "urn:sesame:problem:method_not_allowed",
    title: "This method is not allowed here; the header allow names those that are.",
    status: 405,
    code: "method_not_allowed",
  });
});

Deno.test("invalid_request has a detail that says what to change", async () => {
  const { response } = await answerOf(throwing(invalid("module must be a slug or an id")));
  assert.equal(response.status, 400);
  assert.equal((await response.json()).detail, "module must be a slug or an id");
});

Deno.test("Unavailable is a 503 with Retry-After", async () => {
  const { response, line } = await answerOf(throwing(new Unavailable("57P01")));
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "5");
  assert.equal(line.code, "57P01");
  assert.doesNotMatch(await response.text(), /57P01/);
});

Deno.test("an unforeseen error is a bare 500, and only its class is logged", async () => {
  const { response, line } = await answerOf(throwing(new TypeError("ada@example.com")));
  assert.equal(response.status, 500);
  assert.equal((await response.json()).code, "internal");
  assert.equal(line.code, "TypeError");
  assert.doesNotMatch(JSON.stringify(line), /ada/);
});

Deno.test("a thrown string is answered with 500 and not logged", async () => {
  const { response, line } = await answerOf(throwing("ada@example.com"));
  assert.equal(response.status, 500);
  assert.equal(line.code, "string");
});

Deno.test("the log line has the handler's fields and the duration", async () => {
  const { response, line } = await answerOf((_request, line) => {
    line.event_id = "evt_1";
    return Promise.resolve(new Response("fine"));
  });
  assert.equal(await response.text(), "fine");
  assert.equal(line.event_id, "evt_1");
  assert.equal(typeof line.ms, "number");
});
