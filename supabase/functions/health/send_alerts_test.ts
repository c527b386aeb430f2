import assert from "node:assert/strict";
import type { CallRpc } from "../_shared/data_api.ts";
import { sendAlerts } from "./send_alerts.ts";

const AT_ONCE = { attempts: 3, pause: 0 };

/** A database with these pages of new alerts, and the ids that were confirmed. */
function databaseWith(...pages: string[][]): { call: CallRpc; confirmed: string[] } {
  const confirmed: string[] = [];
  const call: CallRpc = (name, args) => {
    if (name === "sesame_confirm_alerts") confirmed.push(...JSON.parse(args).ids);
    return Promise.resolve(
      name === "sesame_claim_alerts"
        ? (pages.shift() ?? []).map((id) => ({ id, kind: "x" }))
        : null,
    );
  };
  return { call, confirmed };
}

Deno.test("alerts are sent page by page, and confirmed once they have arrived", async () => {
  const { call, confirmed } = databaseWith(["a", "b"], ["c"]);
  const bodies: string[] = [];
  const result = await sendAlerts(call, (body) => {
    bodies.push(body);
    return Promise.resolve(null);
  }, AT_ONCE);
  assert.deepEqual(result, { sent: 3, reason: null });
  assert.deepEqual(bodies.map((body) => JSON.parse(body)), [
    { type: "sesame.alerts", alerts: [{ id: "a", kind: "x" }, { id: "b", kind: "x" }] },
    { type: "sesame.alerts", alerts: [{ id: "c", kind: "x" }] },
  ]);
  assert.deepEqual(confirmed, ["a", "b", "c"]);
});

Deno.test("an alert that does not arrive is sent three times, and not confirmed", async () => {
  const { call, confirmed } = databaseWith(["a"], ["b"]);
  let times = 0;
  const result = await sendAlerts(call, () => Promise.resolve(`HTTP ${500 + times++}`), AT_ONCE);
  assert.deepEqual([result, times, confirmed], [{ sent: 0, reason: "HTTP 502" }, 3, []]);
});

Deno.test("an alert that arrives at the second attempt is confirmed", async () => {
  const { call, confirmed } = databaseWith(["a"]);
  const answers = ["HTTP 503", null];
  const result = await sendAlerts(call, () => Promise.resolve(answers.shift() ?? null), AT_ONCE);
  assert.deepEqual([result, confirmed], [{ sent: 1, reason: null }, ["a"]]);
});
