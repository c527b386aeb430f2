import assert from "node:assert/strict";
import type { Door } from "../_shared/rpc.ts";
import { secretKey } from "../_shared/secret_key.ts";
import { allApplied } from "../_shared/testing.ts";
import { dismissAlert, listAlerts, refreshAlerts } from "./alerts.ts";
import { explain } from "./explain.ts";
import { replay } from "./replay.ts";

const FAILED = {
  ...{ id: "evt_1", type: "charge.succeeded", created: "1760000000", api_version: null },
  ...{ livemode: false, account: null, object_id: "ch_1" },
  payload: '{"id":"evt_1","object":"event","type":"x","created":1,"data":{"object":{}}}',
};

/** A database with these answers, and the calls it received. */
function depsOf(answers: Record<string, unknown>) {
  const asked: [string, unknown][] = [];
  const appliedEvents: Parameters<Door>[0] = [];
  return {
    asked,
    appliedEvents,
    call(name: string, args: string) {
      asked.push([name, JSON.parse(args)]);
      return Promise.resolve(answers[name] ?? []);
    },
    door(events: Parameters<Door>[0]) {
      appliedEvents.push(...events);
      return Promise.resolve(allApplied(events));
    },
    requireSecretKey: secretKey("sb_secret_1"),
    post: null,
  };
}

function asking(body: unknown, key = "sb_secret_1"): Request {
  return new Request("http://localhost/health/x", {
    method: "POST",
    headers: { apikey: key },
    body: JSON.stringify(body),
  });
}

Deno.test("a failed event is sent to the database again with its own id and stamp", async () => {
  const deps = depsOf({ sesame_failed_event: [FAILED] });
  const line = {};
  const answer = await replay(deps)(asking({ event_id: "evt_1" }), line);
  assert.deepEqual(await answer.json(), { event_id: "evt_1", outcome: "applied", detail: null });
  assert.deepEqual(deps.appliedEvents.map(({ id, created }) => [id, created]), [[
    "evt_1",
    1_760_000_000,
  ]]);
  assert.deepEqual(line, { event_id: "evt_1", outcome: "applied" });
});

Deno.test("a failed fetch event is sent to the database again like any event", async () => {
  const id = "fetch_sub_1_1760000000_0a1b2c3d";
  const deps = depsOf({ sesame_failed_event: [{ ...FAILED, id }] });
  const answer = await replay(deps)(asking({ event_id: id }), {});
  assert.equal((await answer.json()).outcome, "applied");
});

Deno.test("an event that has not failed is not replayed, and an invalid id is not looked up", async () => {
  const deps = depsOf({});
  const ask = (event_id: unknown) => replay(deps)(asking({ event_id }), {});
  await assert.rejects(ask("evt_2"), { code: "no_such_failure" });
  for (const odd of [undefined, 7, "cs_1", "evt_1; drop", `evt_${"x".repeat(300)}`]) {
    await assert.rejects(ask(odd), { code: "invalid_request" });
  }
  assert.deepEqual(deps.asked, [["sesame_failed_event", { event_id: "evt_2" }]]);
});

Deno.test("an alert is dismissed with a name and a reason", async () => {
  const deps = depsOf({ sesame_dismiss_alert: true });
  const dismissal = { kind: "buyers_differ", about: "cs_1", actor: "olga", why: "a gift" };
  const answer = await dismissAlert(deps)(asking(dismissal), {});
  assert.deepEqual(await answer.json(), { dismissed: true });
  for (const field of Object.keys(dismissal)) {
    for (const odd of [" ", "a\0"]) {
      const refused = dismissAlert(deps)(asking({ ...dismissal, [field]: odd }), {});
      await assert.rejects(refused, { code: "invalid_request" });
    }
  }
});

Deno.test("without a hook, cron refreshes the alerts and sends none", async () => {
  const deps = depsOf({ sesame_refresh_alerts: 3 });
  const answer = await refreshAlerts(deps)(asking({}), {});
  assert.deepEqual(await answer.json(), { open: 3, told: 0, reason: null });
  assert.deepEqual(deps.asked, [["sesame_refresh_alerts", {}]]);
});

Deno.test("an alert that did not arrive is logged with its reason", async () => {
  const line = {};
  const deps = {
    ...depsOf({ sesame_claim_alerts: [{ id: "a" }] }),
    post: () => Promise.resolve("HTTP 500"),
  };
  const answer = await refreshAlerts(deps)(asking({}), line);
  assert.equal((await answer.json()).reason, "HTTP 500");
  assert.deepEqual(line, { outcome: "not_told", code: "HTTP 500" });
});

Deno.test("{tell: false} refreshes the alerts and sends none", async () => {
  const deps = {
    ...depsOf({ sesame_refresh_alerts: 1 }),
    post: () => Promise.reject(new Error("sent")),
  };
  const answer = await refreshAlerts(deps)(asking({ tell: false }), {});
  assert.deepEqual(await answer.json(), { open: 1, told: 0, reason: null });
  assert.deepEqual(deps.asked.map(([name]) => name), ["sesame_refresh_alerts"]);
});

Deno.test("the chain is explained for a user and a module, or found by a reference", async () => {
  const deps = depsOf({
    explain_module_access: [{ link: "module" }],
    sesame_explain_reference: [{ module: "whisper" }],
  });
  const ask = async (body: unknown) => await (await explain(deps)(asking(body), {})).json();
  assert.deepEqual(await ask({ user: "ada@example.com", module: "whisper" }), {
    links: [{ link: "module" }],
  });
  assert.deepEqual(await ask({ reference: "cs_1" }), { about: [{ module: "whisper" }] });
  for (
    const odd of [{}, { user: "ada" }, { user: "", module: "x" }, { reference: 7 }, {
      reference: "cs_\0",
    }]
  ) {
    await assert.rejects(ask(odd), { code: "invalid_request" });
  }
});

Deno.test("every operating route needs the secret key", async () => {
  const deps = depsOf({});
  const handlers = [listAlerts, refreshAlerts, dismissAlert, replay, explain];
  for (const handler of handlers) {
    await assert.rejects(handler(deps)(asking({}, "sb_publishable_1"), {}), {
      code: "secret_key_needed",
    });
  }
  assert.deepEqual(deps.asked, []);
});
