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
  latencies: { checkout: { calls: 3, p50: 200, p95: 500, p99: null } },
};

function worldOf(answer: unknown): HealthDeps {
  return { call: () => Promise.resolve(answer), requireSecretKey: secretKey("sb_secret_1") };
}

const stranger = new Request("http://localhost/health");
const operator = new Request("http://localhost/health", { headers: { apikey: "sb_secret_1" } });

Deno.test("all well is 200, trouble is 503, and neither says more", async () => {
  const well = await publicHealth(worldOf(REPORT))(stranger, {});
  assert.deepEqual([well.status, await well.json()], [200, { status: "ok" }]);
  const line = {};
  const troubled = await publicHealth(worldOf({ ...REPORT, troubles: ["silence"] }))(
    stranger,
    line,
  );
  assert.deepEqual([troubled.status, await troubled.json()], [503, { status: "troubled" }]);
  assert.deepEqual(line, { outcome: "silence" });
});

Deno.test("figures need the secret key", async () => {
  for (const tell of [metrics, fullReport]) {
    await assert.rejects(tell(worldOf(REPORT))(stranger, {}), { code: "secret_key_needed" });
  }
  assert.deepEqual(await (await fullReport(worldOf(REPORT))(operator, {})).json(), REPORT);
});

Deno.test("Prometheus reads each figure that is known, with what it means", async () => {
  const text = await (await metrics(worldOf(REPORT))(operator, {})).text();
  assert.match(text, /^# TYPE sesame_events_last_day gauge\nsesame_events_last_day 12$/m);
  assert.match(text, /^sesame_lag_seconds_p95 2\.5$/m);
  assert.match(text, /^sesame_troubles 0$/m);
  assert.match(text, /^sesame_latency_milliseconds\{route="checkout",quantile="0.95"\} 500$/m);
  assert.match(text, /^sesame_deliveries_success_rate 0\.6$/m);
  assert.match(text, /^sesame_deliveries_last_day\{outcome="refused"\} 2$/m);
  assert.match(text, /^sesame_refusals_last_day\{kind="no_match",cause="wrong_secret"\} 2$/m);
  assert.match(text, /^sesame_refusals_last_day\{kind="unsigned",cause="unknown"\} 7$/m);
  assert.doesNotMatch(text, /p99|0\.99|null|undefined/);
});

Deno.test("an answer that is no report is not passed on as good news", async () => {
  for (const answer of [null, [], {}, { troubles: "none" }]) {
    await assert.rejects(publicHealth(worldOf(answer))(stranger, {}), { code: "internal" });
  }
});
