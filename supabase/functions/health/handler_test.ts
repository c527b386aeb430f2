import assert from "node:assert/strict";
import { secretKey } from "../_shared/secret_key.ts";
import { fullReport, type HealthDeps, metrics, publicHealth } from "./handler.ts";

const REPORT = {
  troubles: [] as string[],
  last_day: { events: 12, failed: 1, lag_p95: 2.5, lag_p99: null },
  deliveries: {
    ...{ accepted: 3, failed: 0, refused: 2, unsigned: 7, success_rate: 0.6 },
    refusals: [
      { kind: "no_match", signed: true, calls: 2, cause: "wrong_secret" },
      { kind: "unsigned", signed: false, calls: 7, cause: null },
    ],
  },
  pending_reads: 0,
  ...{ waiting: 2, oldest_waiting_at: "2026-11-30T12:00:00Z", waiting_seconds: 1.5 },
  inbox: { events: null, body_bytes: 5_200, row_bytes: 300, index_bytes: 900 },
  latencies: { checkout: { calls: 3, p50: 200, p95: 500, p99: null } },
};

function depsOf(answer: unknown): HealthDeps {
  return { call: () => Promise.resolve(answer), requireSecretKey: secretKey("sb_secret_1") };
}

const stranger = new Request("http://localhost/health");
const operator = new Request("http://localhost/health", { headers: { apikey: "sb_secret_1" } });

Deno.test("a healthy project answers 200 and an unhealthy one 503, without details", async () => {
  const well = await publicHealth(depsOf(REPORT))(stranger, {});
  assert.deepEqual([well.status, await well.json()], [200, { status: "ok" }]);
  const line = {};
  const troubled = await publicHealth(depsOf({ ...REPORT, troubles: ["silence"] }))(
    stranger,
    line,
  );
  assert.deepEqual([troubled.status, await troubled.json()], [503, { status: "troubled" }]);
  assert.deepEqual(line, { outcome: "silence" });
});

Deno.test("the figures need the secret key", async () => {
  for (const tell of [metrics, fullReport]) {
    await assert.rejects(tell(depsOf(REPORT))(stranger, {}), { code: "secret_key_needed" });
  }
  assert.deepEqual(await (await fullReport(depsOf(REPORT))(operator, {})).json(), REPORT);
});

Deno.test("Prometheus gets each known figure with its description", async () => {
  const text = await (await metrics(depsOf(REPORT))(operator, {})).text();
  assert.match(text, /^# TYPE sesame_events_last_day gauge\nsesame_events_last_day 12$/m);
  assert.match(text, /^sesame_lag_seconds_p95 2\.5$/m);
  assert.match(text, /^sesame_troubles 0$/m);
  assert.match(text, /^sesame_events_waiting 2$/m);
  assert.match(text, /^sesame_waiting_seconds 1\.5$/m);
  assert.match(text, /^sesame_inbox_bytes\{part="body"\} 5200$/m);
  assert.match(text, /^sesame_inbox_bytes\{part="index"\} 900$/m);
  assert.match(text, /^sesame_latency_milliseconds\{route="checkout",quantile="0.95"\} 500$/m);
  assert.match(text, /^sesame_deliveries_success_rate 0\.6$/m);
  assert.match(text, /^sesame_deliveries_last_day\{outcome="refused"\} 2$/m);
  assert.match(text, /^sesame_refusals_last_day\{kind="no_match",cause="wrong_secret"\} 2$/m);
  assert.match(text, /^sesame_refusals_last_day\{kind="unsigned",cause="unknown"\} 7$/m);
  assert.doesNotMatch(text, /p99|0\.99|null|undefined/);
});

Deno.test("an answer of the database that is not a report gets an error and not 200", async () => {
  for (const answer of [null, [], {}, { troubles: "none" }]) {
    await assert.rejects(publicHealth(depsOf(answer))(stranger, {}), { code: "internal" });
  }
});
