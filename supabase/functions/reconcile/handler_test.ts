import assert from "node:assert/strict";
import { secretKey } from "../_shared/secret_key.ts";
import { StripeFault } from "../_shared/stripe/ask.ts";
import { allApplied } from "../_shared/testing.ts";
import { reconcile } from "./handler.ts";
import type { Deps } from "./deps.ts";

/** A Stripe with these undelivered events on pages of one, and an inbox that has none of them. */
function depsOf(ids: string[], more: Partial<Deps> = {}): { deps: Deps; appliedEvents: string[] } {
  const appliedEvents: string[] = [];
  const deps: Deps = {
    call: (name, args) =>
      Promise.resolve(name === "sesame_missing_events" ? JSON.parse(args).event_ids : []),
    doorOf: () => (events) => {
      appliedEvents.push(...events.map(({ id }) => id));
      return Promise.resolve(allApplied(events));
    },
    ask(path) {
      const last = /starting_after=(\w+)/.exec(path)?.[1];
      const place = last === undefined ? 0 : ids.indexOf(last) + 1;
      const data = ids.slice(place, place + 1).map((id) => ({
        ...{ id, object: "event", type: "charge.succeeded", created: 1, livemode: false },
        data: { object: { id: "ch_1", object: "charge" } },
      }));
      const object = { object: "list", data, has_more: place + 1 < ids.length };
      return Promise.resolve({ object, stamp: 1 });
    },
    fetchObject: () => Promise.resolve([]),
    ours: { livemode: false, accounts: new Set<string>() },
    ...more,
  };
  const { call } = deps;
  deps.call = async (name, args) => {
    const answer = await call(name, args);
    return name === "sesame_fold_part" && Array.isArray(answer) ? { left: 0, failed: 0 } : answer;
  };
  return { deps, appliedEvents };
}

async function run(deps: Deps, body: unknown = {}, timeLimit?: number) {
  const handler = reconcile(deps, secretKey("sb_secret_1"), timeLimit);
  const request = new Request("http://localhost/reconcile", {
    method: "POST",
    headers: { apikey: "sb_secret_1" },
    body: JSON.stringify(body),
  });
  return await (await handler(request, {})).json();
}

Deno.test("a round fetches every page, then replays, then reads, and ends", async () => {
  const { deps, appliedEvents } = depsOf(["evt_1", "evt_2", "evt_3"]);
  const { run: name, ...report } = await run(deps);
  assert.match(name, /^[0-9a-f-]{36}$/);
  assert.deepEqual(report, {
    missed: { done: 3, failed: 0 },
    failed: { done: 0, failed: 0 },
    pending: { done: 0, failed: 0 },
    unfolded: { done: 0, failed: 0 },
    next: null,
  });
  assert.deepEqual(appliedEvents, ["evt_1", "evt_2", "evt_3"]);
});

Deno.test("a call whose time is over answers the place where the next call continues", async () => {
  const { deps, appliedEvents } = depsOf(["evt_1", "evt_2"]);
  const { next } = await run(deps, {}, 0);
  assert.deepEqual(next, { part: "missed", after: "" });
  const answer = await run(deps, { next: { part: "missed", after: "evt_1" } });
  assert.equal(answer.next, null);
  assert.deepEqual(appliedEvents, ["evt_2"]);
});

Deno.test("failed events are translated again; those that cannot be, or have no body, stay failed", async () => {
  const stored = (id: string, payload: string) => ({
    ...{ id, type: "x", created: "1", api_version: null, livemode: false, account: null },
    ...{ object_id: null, payload },
  });
  const facts: unknown[] = [];
  const { deps } = depsOf([], {
    call: (name) =>
      Promise.resolve(
        name === "sesame_failed_events"
          ? [stored("evt_1", "{}"), stored("evt_2", "{"), stored("evt_3", "")]
          : [],
      ),
    doorOf: () => (events) => {
      facts.push(...events.map(({ id, error }) => [id, error]));
      return Promise.resolve(allApplied(events));
    },
  });
  assert.deepEqual((await run(deps)).failed, { done: 3, failed: 0 });
  assert.deepEqual(facts, [
    ["evt_1", null],
    ["evt_2", "untranslatable"],
    ["evt_3", "body_gone"],
  ]);
});

Deno.test("an object that Stripe does not answer about counts as failed, and the round goes on", async () => {
  const { deps } = depsOf([], {
    call: (name, args) =>
      Promise.resolve(
        name === "sesame_pending_reads" && JSON.parse(args).after === "" ? ["sub_1", "sub_2"] : [],
      ),
    fetchObject: ({ id }) =>
      id === "sub_1" ? Promise.reject(new StripeFault("HTTP 500")) : Promise.resolve([]),
  });
  assert.deepEqual((await run(deps)).pending, { done: 2, failed: 1 });
});

Deno.test("prices and the invoices of a subscription are read, each of its own account", async () => {
  const pending = ["acct_1/sub_1/invoices", "price_1", "sub_2/invoices"];
  const wanted: string[] = [];
  const { deps } = depsOf([], {
    call: (name, args) =>
      Promise.resolve(
        name === "sesame_pending_reads"
          ? pending.filter((reference) => reference > JSON.parse(args).after)
          : [],
      ),
    fetchObject({ id, account }) {
      wanted.push(`${account} ${id}`);
      return Promise.resolve([]);
    },
  });
  assert.deepEqual((await run(deps)).pending, { done: 3, failed: 0 });
  assert.deepEqual(wanted, ["acct_1 sub_1/invoices", "null price_1", "null sub_2/invoices"]);
  const next = { part: "pending", after: "price_1" };
  assert.deepEqual((await run(deps, { next })).pending, { done: 1, failed: 0 });
});

Deno.test("every call of a round uses the run that the first call gave", async () => {
  const names: string[] = [];
  const { deps } = depsOf(["evt_1"], {
    doorOf: (name) => (events) => (names.push(name), Promise.resolve(allApplied(events))),
  });
  const { run: name } = await run(deps);
  assert.equal((await run(deps, { run: name })).run, name);
  assert.deepEqual(names, [name, name]);
});

Deno.test("a rehearsal counts the work and changes nothing", async () => {
  const called: string[] = [];
  const { deps, appliedEvents } = depsOf(["evt_1", "evt_2"], {
    call(name, args) {
      called.push(name);
      const { event_ids = [], after } = JSON.parse(args);
      if (name === "sesame_missing_events") return Promise.resolve(event_ids);
      return Promise.resolve(name === "sesame_pending_reads" && after === "" ? ["sub_1"] : []);
    },
    fetchObject: () => Promise.reject(new Error("nothing is read")),
  });
  const { missed, objects, pending } = await run(deps, { dry_run: true, objects: true });
  assert.deepEqual([missed.done, pending.done], [2, 1]);
  assert.ok(objects.done > 0, "objects are counted");
  assert.deepEqual(appliedEvents, []);
  assert.deepEqual(
    new Set(called),
    new Set(["sesame_missing_events", "sesame_failed_events", "sesame_pending_reads"]),
  );
});

/** A Stripe with lists of these ids and an inbox that keeps where a rebuild stands. */
function rebuilding(lists: Record<string, string[]>, gone = new Set<string>()) {
  let after: string | null = "";
  const asked: string[] = [];
  const { deps, appliedEvents } = depsOf([], {
    call(name, args) {
      if (name === "sesame_keep_rebuild") after = JSON.parse(args).after;
      return Promise.resolve(
        name === "sesame_begin_rebuild" ? [{ run: crypto.randomUUID(), after }] : [],
      );
    },
    ask(path) {
      asked.push(path);
      const ids = lists[/^\/v1\/([\w/]+)/.exec(path)?.[1] ?? ""] ?? [];
      const last = /starting_after=(\w+)/.exec(path)?.[1];
      if (last !== undefined && gone.delete(last)) {
        return Promise.reject(new StripeFault("HTTP 400"));
      }
      const place = last === undefined ? 0 : ids.indexOf(last) + 1;
      const data = ids.slice(place, place + 1).map((id) => ({ id }));
      const object = { object: "list", data, has_more: place + 1 < ids.length };
      return Promise.resolve({ object, stamp: 1_700_000_000 });
    },
  });
  return { deps, appliedEvents, asked, standsAt: () => after };
}

Deno.test("objects are read only if the caller asks for it", async () => {
  const { deps, appliedEvents } = rebuilding({ refunds: ["re_1"] });
  assert.equal((await run(deps)).objects, undefined);
  assert.deepEqual(appliedEvents, []);
});

Deno.test("each object of each list is one event with the stamp of its reading", async () => {
  const { deps, appliedEvents, standsAt } = rebuilding({
    "refunds": ["re_1", "re_2"],
    "checkout/sessions": ["cs_1"],
  });
  const { objects, next } = await run(deps, { objects: true });
  assert.deepEqual([objects, next, standsAt()], [{ done: 3, failed: 0 }, null, null]);
  assert.deepEqual(
    appliedEvents.map((id) => id.replace(/_[0-9a-f]{8}$/, "")),
    ["fetch_re_1_1700000000", "fetch_re_2_1700000000", "fetch_cs_1_1700000000"],
  );
});

Deno.test("a rebuild continues at the stored place, not at the caller's", async () => {
  const { deps, asked } = rebuilding({ refunds: ["re_1", "re_2"] });
  await deps.call("sesame_keep_rebuild", '{"after":"refund/re_1"}');
  const { objects } = await run(deps, { objects: true, next: { part: "objects", after: "" } });
  assert.equal(objects.done, 1);
  assert.equal(asked[0], "/v1/refunds?limit=100&starting_after=re_1");
});

Deno.test("a list whose last object is gone begins again", async () => {
  const { deps, appliedEvents } = rebuilding({ customers: ["cus_2", "cus_3"] }, new Set(["cus_1"]));
  await deps.call("sesame_keep_rebuild", '{"after":"customer/cus_1"}');
  await run(deps, { objects: true, next: { part: "objects", after: "" } });
  assert.deepEqual(appliedEvents.map((id) => id.slice(6, 11)), ["cus_2", "cus_3"]);
});

Deno.test("an event that Stripe no longer knows gives stale_next and not unavailable", async () => {
  const { deps } = depsOf(["evt_1"]);
  deps.ask = () => Promise.reject(new StripeFault("HTTP 400"));
  const next = { part: "missed", after: "evt_old" };
  await assert.rejects(run(deps, { next }), { code: "stale_next" });
  await assert.rejects(run(deps), { code: "unavailable" });
  deps.ask = () => Promise.resolve({ object: null, stamp: 1 });
  await assert.rejects(run(deps, { next }), { code: "stale_next" });
  deps.ask = () => Promise.reject(new StripeFault("HTTP 500"));
  await assert.rejects(run(deps, { next }), { code: "unavailable" });
});

Deno.test("a list that Stripe refuses from its beginning ends the call", async () => {
  const { deps } = rebuilding({});
  deps.ask = () => Promise.reject(new StripeFault("HTTP 400"));
  await assert.rejects(
    run(deps, { objects: true, next: { part: "objects", after: "" } }),
    StripeFault,
  );
});

Deno.test("what a large change left unfolded is folded part by part, over several calls", async () => {
  const lefts = [900, 1_200, 700, 0];
  const { deps } = depsOf([], {
    call: (name) =>
      Promise.resolve(name === "sesame_fold_part" ? { left: lefts.shift(), failed: 2 } : []),
  });
  assert.deepEqual((await run(deps)).unfolded, { done: 1_200, failed: 2 });

  lefts.push(300, 0);
  const next = { part: "unfolded", after: "500" };
  assert.deepEqual((await run(deps, { next })).unfolded, { done: 500, failed: 2 });
});

Deno.test("a rehearsal folds nothing", async () => {
  const { deps } = depsOf([], {
    call: (name) => Promise.resolve(name === "sesame_fold_part" ? { left: undefined } : []),
  });
  assert.deepEqual((await run(deps, { dry_run: true })).unfolded, { done: 0, failed: 0 });
});
