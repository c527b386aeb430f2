import assert from "node:assert/strict";
import { secretKey } from "../_shared/secret_key.ts";
import { StripeFault } from "../_shared/stripe/stripe_api.ts";
import { allApplied } from "../_shared/testing.ts";
import { reconcile } from "./handler.ts";
import type { World } from "./world.ts";

/** A Stripe with these undelivered events on pages of one, and an inbox that has none of them. */
function worldOf(ids: string[], more: Partial<World> = {}): { world: World; handedIn: string[] } {
  const handedIn: string[] = [];
  const world: World = {
    call: (name, args) =>
      Promise.resolve(name === "missing_events" ? JSON.parse(args).event_ids : []),
    door(events) {
      handedIn.push(...events.map(({ id }) => id));
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
  return { world, handedIn };
}

async function run(world: World, body: unknown = {}, timeLimit?: number) {
  const handler = reconcile(world, secretKey("sb_secret_1"), timeLimit);
  const request = new Request("http://localhost/reconcile", {
    method: "POST",
    headers: { apikey: "sb_secret_1" },
    body: JSON.stringify(body),
  });
  return await (await handler(request, {})).json();
}

Deno.test("a round brings every page, then replays, then reads, and ends", async () => {
  const { world, handedIn } = worldOf(["evt_1", "evt_2", "evt_3"]);
  assert.deepEqual(await run(world), {
    missed: { done: 3, failed: 0 },
    failed: { done: 0, failed: 0 },
    pending: { done: 0, failed: 0 },
    next: null,
  });
  assert.deepEqual(handedIn, ["evt_1", "evt_2", "evt_3"]);
});

Deno.test("a call whose time is over says where the next one goes on", async () => {
  const { world, handedIn } = worldOf(["evt_1", "evt_2"]);
  const { next } = await run(world, {}, 0);
  assert.deepEqual(next, { part: "missed", after: "" });
  const answer = await run(world, { next: { part: "missed", after: "evt_1" } });
  assert.equal(answer.next, null);
  assert.deepEqual(handedIn, ["evt_2"]);
});

Deno.test("what failed is translated anew from what was stored, and what cannot be stays failed", async () => {
  const stored = (id: string, payload: string) => ({
    ...{ id, type: "x", created: "1", api_version: null, livemode: false, account: null },
    ...{ object_id: null, payload },
  });
  const facts: unknown[] = [];
  const { world } = worldOf([], {
    call: (name) =>
      Promise.resolve(
        name === "failed_events" ? [stored("evt_1", "{}"), stored("evt_2", "{")] : [],
      ),
    door(events) {
      facts.push(...events.map(({ id, error }) => [id, error]));
      return Promise.resolve(allApplied(events));
    },
  });
  assert.deepEqual((await run(world)).failed, { done: 2, failed: 0 });
  assert.deepEqual(facts, [["evt_1", null], ["evt_2", "untranslatable"]]);
});

Deno.test("an object that Stripe gives no answer about is counted, and ends nothing", async () => {
  const { world } = worldOf([], {
    call: (name, args) =>
      Promise.resolve(
        name === "pending_reads" && JSON.parse(args).after === "" ? ["sub_1", "sub_2"] : [],
      ),
    fetchObject: ({ id }) =>
      id === "sub_1" ? Promise.reject(new StripeFault("HTTP 500")) : Promise.resolve([]),
  });
  assert.deepEqual((await run(world)).pending, { done: 2, failed: 1 });
});
