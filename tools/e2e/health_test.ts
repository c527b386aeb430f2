import assert from "node:assert/strict";
import { openStage } from "./stage.ts";

const { stack, sql } = await openStage();

function ask(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${stack.functionsUrl}/health${path}`, { headers });
}

Deno.test("whoever watches sees a stack that is well, that fails, and that is well again", async () => {
  assert.equal((await ask("")).status, 200);
  await sql`
    insert into billing.stripe_events (id, type, created, received_at, livemode, account, outcome, detail, payload)
    values ('evt_1', 'x', now(), now() - interval '1 hour', false, '', 'failed', '22P02', '{}')`;
  const troubled = await ask("");
  assert.deepEqual([troubled.status, await troubled.json()], [503, { status: "troubled" }]);
  await sql`delete from billing.stripe_events`;
  assert.equal((await ask("")).status, 200);
});

Deno.test("figures take the secret key", async () => {
  for (const path of ["/metrics", "/report"]) {
    assert.equal((await ask(path, { apikey: stack.publishableKey })).status, 401);
    assert.equal((await ask(path, { apikey: stack.secretKey })).status, 200);
  }
  const metrics = await (await ask("/metrics", { apikey: stack.secretKey })).text();
  assert.match(metrics, /^sesame_troubles 0$/m);
});
