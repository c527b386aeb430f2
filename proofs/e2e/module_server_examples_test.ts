import assert from "node:assert/strict";
import { startStack } from "../../local/stack.ts";
import { issuerOf, orderToken } from "./module_tokens.ts";
import { offlineModule } from "../../examples/module-server/offline.ts";
import { onlineModule } from "../../examples/module-server/online.ts";

const stack = await startStack({ durable: false });
Deno.test.afterAll(() => stack.stop());
const issuer = issuerOf(stack);

/** A member with a token for three uses of Whisper, and nothing else. */
async function newcomer(): Promise<{ user: string; token: string }> {
  const [user, paymentId] = [crypto.randomUUID(), crypto.randomUUID()];
  const order = { userId: user, paymentId, maxUsage: 3 };
  return { user, token: (await orderToken(stack, "whisper", order)).token };
}

async function use(
  module: (request: Request) => Promise<Response>,
  token?: string,
): Promise<[status: number, answer: unknown]> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await module(new Request("http://localhost/", { headers }));
  return [response.status, await response.json()];
}

/** The same token with the last character of its payload changed. */
function changed(token: string): string {
  const [header, payload = "", signature] = token.split(".");
  return [header, payload.slice(0, -1) + (payload.endsWith("A") ? "B" : "A"), signature].join(".");
}

Deno.test("offline: a token of this module is accepted any number of times", async () => {
  const module = offlineModule(issuer, "whisper");
  const { user, token } = await newcomer();
  for (let turn = 0; turn < 5; turn++) {
    assert.deepEqual(await use(module, token), [200, { user, access_level: "standard" }]);
  }
});

Deno.test("offline: no token, a changed one, another module's and another project's are refused", async () => {
  const { token } = await newcomer();
  const whisper = offlineModule(issuer, "whisper");
  const refusals = [
    await use(whisper),
    await use(whisper, changed(token)),
    await use(whisper, stack.secretKey),
    await use(offlineModule(issuer, "llama"), token),
  ];
  assert.deepEqual(refusals, [
    [401, { error: "ERR_JWS_INVALID" }],
    [401, { error: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" }],
    [401, { error: "ERR_JWS_INVALID" }],
    [401, { error: "ERR_JWT_CLAIM_VALIDATION_FAILED" }],
  ]);

  await using other = await startStack({ durable: false });
  const elsewhere = offlineModule(issuerOf(other), "whisper");
  assert.deepEqual(await use(elsewhere, token), [401, { error: "ERR_JWKS_NO_MATCHING_KEY" }]);
});

Deno.test("offline: another spelling of a token is refused", async () => {
  const { token } = await newcomer();
  const module = offlineModule(issuer, "whisper");
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const strayBit = token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)!) ^ 1];
  for (const other of [strayBit, `${token}==`]) {
    assert.deepEqual(await use(module, other), [401, { error: "ERR_JWS_INVALID" }]);
  }
});

Deno.test("offline: without the keys no token is called invalid", async () => {
  const nowhere = offlineModule(`${stack.functionsUrl}/no-such-function`, "whisper");
  assert.deepEqual(await use(nowhere, (await newcomer()).token), [503, { error: "unavailable" }]);
});

Deno.test("online: each use is counted, and the fourth use of three is refused", async () => {
  const module = onlineModule(issuer, "whisper");
  const { user, token } = await newcomer();
  for (const uses_left of [2, 1, 0]) {
    const answer = { user, access_level: "standard", uses_left };
    assert.deepEqual(await use(module, token), [200, answer]);
  }
  assert.deepEqual(await use(module, token), [403, { error: "exhausted" }]);
});

Deno.test("online: no token, a changed one and another module's are refused, each with its reason", async () => {
  const { token } = await newcomer();
  const whisper = onlineModule(issuer, "whisper");
  assert.deepEqual(await use(whisper), [403, { error: "malformed" }]);
  assert.deepEqual(await use(whisper, changed(token)), [403, { error: "bad_signature" }]);
  const llama = onlineModule(issuer, "llama");
  assert.deepEqual(await use(llama, token), [403, { error: "wrong_module" }]);
});

Deno.test("online: a lost answer costs no second use", async () => {
  let asked = 0;
  const { user, token } = await newcomer();
  const losing = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const answer = await fetch(`${issuer}/verify`, { method: "POST", body: await request.text() });
    return ++asked === 1 ? new Response(await answer.text(), { status: 502 }) : answer;
  });
  const module = onlineModule(`http://localhost:${losing.addr.port}`, "whisper");
  const answer = { user, access_level: "standard", uses_left: 2 };
  assert.deepEqual(await use(module, token), [200, answer]);
  assert.equal(asked, 2);
  await losing.shutdown();
});
