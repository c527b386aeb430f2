import assert from "node:assert/strict";
import { askRights } from "./rights.ts";
import { ADA, claims } from "./testing.ts";

const tokenId = claims().tokenId;
const row = {
  reason: null,
  detail: null,
  token_id: tokenId,
  module: "whisper",
  module_id: 2,
  user_id: ADA,
  alg: "ES256",
  access_level: "pro",
  max_usage: 100,
  uses_left: 99,
  expires_at: "2026-12-01T00:00:00.5+00:00",
};
const right = {
  reason: null,
  accessLevel: "pro",
  maxUsage: 100,
  usesLeft: 99,
  endsAt: Date.UTC(2026, 11, 1, 0, 0, 0, 500),
};

/** Asks a Data API that gives this answer to every call. */
function rightsOf(answer: unknown) {
  const calls: [string, unknown][] = [];
  const rights = askRights((name, args) => {
    calls.push([name, JSON.parse(args)]);
    return Promise.resolve(answer);
  });
  return { rights, calls };
}

Deno.test("a member's right is requested by user id and module", async () => {
  const { rights, calls } = rightsOf([row]);
  assert.deepEqual(await rights.ofMember(ADA, "7"), {
    ...{ ...right, tokenId, module: "whisper" },
    ...{ moduleId: "2", userId: ADA, alg: "ES256" },
  });
  assert.deepEqual(calls, [["sesame_issue_module_token", { user_id: ADA, module: "7" }]]);
});

Deno.test("the right of an order is requested with all its terms", async () => {
  const { rights, calls } = rightsOf([{
    ...row,
    max_usage: null,
    uses_left: null,
    expires_at: null,
  }]);
  const order = {
    user: "ada@example.com",
    module: "whisper",
    paymentId: "pi_1",
    accessLevel: "pro",
    expirationHours: 24,
    maxUsage: null,
  };
  const { maxUsage, usesLeft, endsAt } = await rights.ofOrder(order);
  assert.deepEqual([maxUsage, usesLeft, endsAt], [null, null, null]);
  assert.deepEqual(calls, [["sesame_create_access_token", {
    user_ref: "ada@example.com",
    module: "whisper",
    payment_id: "pi_1",
    access_level: "pro",
    expiration_hours: 24,
    max_usage: null,
  }]]);
});

Deno.test("a token is checked by its claims; a use is counted only where one is given", async () => {
  const { rights, calls } = rightsOf([{ ...row, reason: "suspended", detail: "disputed" }]);
  const checked = await rights.check(claims(), null);
  assert.deepEqual([checked.reason, checked.detail], ["suspended", "disputed"]);
  await rights.check(claims(), { requestId: null });
  await rights.check(claims(), { requestId: "r1" });
  const asked = { token_id: tokenId, user_id: ADA, module: "whisper" };
  assert.deepEqual(calls, [
    ["sesame_verify_module_token", { ...asked, consume: false, request_id: null }],
    ["sesame_verify_module_token", { ...asked, consume: true, request_id: null }],
    ["sesame_verify_module_token", { ...asked, consume: true, request_id: "r1" }],
  ]);
});

Deno.test("an answer that is not a right is refused", async () => {
  const odd = [
    null,
    [],
    row,
    [row, row],
    [{}],
    [{ ...row, reason: undefined }],
    [{ ...row, reason: 0 }],
    [{ ...row, reason: "" }],
    [{ ...row, expires_at: undefined }],
    [{ ...row, expires_at: "soon" }],
    [{ ...row, alg: undefined }],
    [{ ...row, alg: "none" }],
    [{ ...row, alg: "hs256" }],
  ];
  for (const answer of odd) {
    await assert.rejects(rightsOf(answer).rights.ofMember(ADA, "whisper"), {
      code: "internal",
      more: { reason: "unexpected_answer" },
    });
  }
});
