import assert from "node:assert/strict";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import { openStage } from "./stage.ts";

const { stack, sql, ada } = await openStage();

function ask(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${stack.functionsUrl}/health${path}`, { headers });
}

/** Waits for an answer with this status. An answer may be some seconds old. */
async function answered(status: number): Promise<Response> {
  for (const until = performance.now() + 8_000; performance.now() < until;) {
    const answer = await ask("");
    if (answer.status === status) return answer;
    await answer.body?.cancel();
    await delay(200);
  }
  throw new Error(`never answered ${status}`);
}

Deno.test("health reports a stack as working, as failing, and as working again", async () => {
  await answered(200);
  await sql`
    insert into sesame.stripe_events (id, type, created, received_at, livemode, account, outcome, detail, payload)
    values ('evt_1', 'x', now(), now() - interval '1 hour', false, '', 'failed', '22P02', '{}')`;
  assert.deepEqual(await (await answered(503)).json(), { status: "troubled" });
  await sql`delete from sesame.stripe_events`;
  await answered(200);
});

Deno.test("a database that does not answer is a quick 503 without details", async () => {
  await stack.postgres.pause();
  const down = await answered(503);
  await stack.postgres.resume();
  assert.doesNotMatch(await down.text(), /postgres|127\.0\.0\.1|Error/i);
  await answered(200);
});

Deno.test("the figures count how long members wait", async () => {
  const { data } = await ada.client.functions.invoke("module-token", {
    body: { module: "playground" },
  });
  assert.equal(data, null, "a refusal is no measure");
  await ada.client.rpc("claim_free_module", { module: "playground" });
  const given = await ada.client.functions.invoke("module-token", {
    body: { module: "playground" },
  });
  assert.equal(typeof given.data.token, "string");
  for (const until = performance.now() + 60_000; performance.now() < until; await delay(250)) {
    const [row] =
      await sql`select route, sum(calls)::integer as calls from sesame.latencies group by 1`;
    if (row === undefined) continue;
    assert.deepEqual({ ...row }, { route: "module-token", calls: 1 });
    const metrics = await (await ask("/metrics", { apikey: stack.secretKey })).text();
    assert.match(
      metrics,
      /^sesame_latency_milliseconds\{route="module-token",quantile="0.95"\} \d+$/m,
    );
    return;
  }
  throw new Error("no figure was recorded");
});

Deno.test("figures need the secret key", async () => {
  for (const path of ["/metrics", "/report"]) {
    assert.equal((await ask(path, { apikey: stack.publishableKey })).status, 401);
    assert.equal((await ask(path, { apikey: stack.secretKey })).status, 200);
  }
  const metrics = await (await ask("/metrics", { apikey: stack.secretKey })).text();
  assert.match(metrics, /^sesame_troubles 0$/m);
});
