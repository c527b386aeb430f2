import assert from "node:assert/strict";
import { decodeProtectedHeader } from "jose";
import { startStack } from "../../local/stack.ts";
import { until } from "../../local/testing.ts";
import { offlineModule } from "../../examples/module-server/offline.ts";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import type { KeptKey } from "../../local/kept_key.ts";
import { newKey } from "../../local/new_key.ts";
import { hasEndedAt, maySignAt, rotate, withdraw } from "../../cli/keys/rotation.ts";
import { issuerOf, orderToken, verifyToken } from "./module_tokens.ts";
import { openStage } from "./stage.ts";

let keys: KeptKey[] = [newKey("ES256", 1_790_000_000)];
const env = { MODULE_TOKEN_KEYS: JSON.stringify({ keys }) };
const { stack, ada } = await openStage({ env });

/** Restarts the functions with this set, as after `supabase secrets set`. */
async function deploy(next: KeptKey[]): Promise<void> {
  keys = next;
  env.MODULE_TOKEN_KEYS = JSON.stringify({ keys });
  await stack.functions?.reload();
}

async function mint(): Promise<string> {
  const order = { userId: ada.id, paymentId: "order-1" };
  return (await orderToken(stack, "whisper", order)).token;
}

function signerOf(token: string): string | undefined {
  return decodeProtectedHeader(token).kid;
}

/** Whether an offline module lets this token in. */
async function isTaken(
  module: ReturnType<typeof offlineModule>,
  token: string,
): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await module(new Request("http://localhost/", { headers }));
  await response.body?.cancel();
  return response.ok;
}

/** Mints tokens, and verifies the newest and the oldest one, repeatedly until it is stopped. */
function keepUsing(tokens: string[]) {
  const refused: string[] = [];
  let isOver = false;
  async function use(): Promise<void> {
    while (!isOver) {
      tokens.push(await mint());
      for (const token of [tokens[0]!, tokens.at(-1)!]) {
        const { active, reason } = await verifyToken(stack, token, { module: "whisper" });
        if (!active) refused.push(`${signerOf(token)} ${reason}`);
      }
    }
  }
  const users = Promise.all(Array.from({ length: 4 }, use));
  return {
    refused,
    stop: async () => {
      isOver = true;
      await users;
    },
  };
}

Deno.test("key rotation under load: no token is refused in the overlap, none of a withdrawn key passes later", async () => {
  const [first] = keys;
  const tokens = [await mint()];
  const load = keepUsing(tokens);
  await delay(300);

  const published = rotate(keys, 1_790_001_000, { alg: "EdDSA" });
  const second = published[1]!;
  await deploy(published);
  // A verifier with fresh keys: after ten minutes all verifiers have them.
  const offline = offlineModule(issuerOf(stack), "whisper");
  assert.equal(await isTaken(offline, tokens[0]!), true);
  await delay(300);

  await deploy(rotate(keys, maySignAt(second)));
  await until(() => tokens.some((token) => signerOf(token) === second.kid));
  await load.stop();
  assert.deepEqual(load.refused, []);
  assert.deepEqual([...new Set(tokens.map(signerOf))], [first?.kid, second.kid]);
  for (const token of [tokens[0]!, tokens.at(-1)!]) {
    assert.equal(await isTaken(offline, token), true);
  }

  const [old, fresh] = [tokens[0]!, tokens.at(-1)!];
  const later = keepUsing([fresh]);
  await deploy(withdraw(keys, hasEndedAt(keys[1]!)));
  const verdicts = await Promise.all(
    Array.from({ length: 50 }, () => verifyToken(stack, old, { module: "whisper" })),
  );
  for (const { active, reason } of verdicts) {
    assert.deepEqual([active, reason], [false, "unknown_key"]);
  }
  assert.equal(await isTaken(offlineModule(issuerOf(stack), "whisper"), old), false);
  assert.equal(await isTaken(offlineModule(issuerOf(stack), "whisper"), fresh), true);
  await later.stop();
  assert.deepEqual(later.refused, []);
});

Deno.test("a key set that cannot sign does not boot, and the error names the variable only", async () => {
  const log: string[] = [];
  const { d: _, ...half } = newKey("ES256", 0);
  await using broken = await startStack({
    durable: false,
    env: { MODULE_TOKEN_KEYS: JSON.stringify({ keys: [half] }) },
    log: (line) => log.push(line),
  });
  const response = await fetch(`${issuerOf(broken)}/jwks`);
  assert.equal(response.status, 503);
  await response.body?.cancel();
  assert.match(
    log.join("\n"),
    /MODULE_TOKEN_KEYS has the public half only, in key 1: .*command keys/,
  );
  assert(!log.join("\n").includes(half.x));
});
