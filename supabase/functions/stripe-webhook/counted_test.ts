import assert from "node:assert/strict";
import type { LogLine } from "../_shared/log.ts";
import { type ProblemCode, Refusal, Unavailable } from "../_shared/problem.ts";
import { BadSignature } from "./bad_signature.ts";
import { counted } from "./counted.ts";

/** The counts and log lines of a delivery that ends like this. */
async function countedFor(end: () => Response): Promise<[unknown[], LogLine]> {
  const rows: unknown[] = [];
  const line: LogLine = {};
  const handler = counted(
    () => Promise.resolve().then(end),
    (figure, row) => void rows.push([figure, row]),
  );
  const request = new Request("http://localhost/stripe-webhook", { method: "POST" });
  await handler(request, line).catch(() => {});
  return [rows, line];
}

const throwing = (error: Error) => () => {
  throw error;
};

Deno.test("an accepted delivery is counted as accepted", async () => {
  assert.deepEqual(await countedFor(() => new Response()), [
    [["deliveries", { kind: "accepted", cause: "unknown" }]],
    {},
  ]);
});

Deno.test("each refusal is counted by its kind, and so is a failure of our own", async () => {
  const kinds: [ProblemCode, string][] = [
    ["method_not_allowed", "wrong_method"],
    ["unsigned", "unsigned"],
    ["body_too_large", "too_large"],
    ["body_too_slow", "too_slow"],
    ["not_json", "not_json"],
    ["not_an_event", "not_an_event"],
    ["event_failed", "failed"],
    ["internal", "failed"],
  ];
  for (const [code, kind] of kinds) {
    const [rows] = await countedFor(throwing(new Refusal(code)));
    assert.deepEqual(rows, [["deliveries", { kind, cause: "unknown" }]]);
  }
  for (const error of [new Unavailable("08006"), new TypeError("x")]) {
    const [rows] = await countedFor(throwing(error));
    assert.deepEqual(rows, [["deliveries", { kind: "failed", cause: "unknown" }]]);
  }
});

Deno.test("the known cause of a bad signature is counted and logged", async () => {
  assert.deepEqual(await countedFor(throwing(new BadSignature("no_match", "wrong_secret"))), [
    [["deliveries", { kind: "no_match", cause: "wrong_secret" }]],
    { cause: "wrong_secret" },
  ]);
  assert.deepEqual(await countedFor(throwing(new BadSignature("malformed"))), [
    [["deliveries", { kind: "malformed", cause: "unknown" }]],
    {},
  ]);
});

Deno.test("the error is thrown again, so that the answer does not change", async () => {
  const error = new Refusal("unsigned");
  const handler = counted(() => Promise.reject(error), () => {});
  await assert.rejects(handler(new Request("http://localhost"), {}), error);
});
