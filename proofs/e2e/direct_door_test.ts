import assert from "node:assert/strict";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import { assertHangIsEnded, callOnce, openDirectDoor, UNSANITIZED } from "./calls.ts";
import { openGate } from "./gate.ts";
import { openStage } from "./stage.ts";

const stage = await openStage();
const { stack, webhookUrl } = stage;

Deno.test("a call takes one round trip once the connection is warm", UNSANITIZED, async () => {
  await using gate = openGate(stack.postgres.port);
  const url = new URL(webhookUrl);
  url.port = String(gate.port);
  const door = openDirectDoor(url.href);
  assert.equal(await callOnce(door, stage), "applied");
  await untilWarm(gate);
  const trips: number[] = [];
  for (let call = 1; call <= 4; call++) {
    const before = gate.requests;
    assert.equal(await callOnce(door, stage), "applied");
    trips.push(gate.requests - before);
  }
  assert.deepEqual(trips, [1, 1, 1, 1]);
});

Deno.test("after the first call, the idle connection is warmed up, once", UNSANITIZED, async () => {
  await using gate = openGate(stack.postgres.port);
  const url = new URL(webhookUrl);
  url.port = String(gate.port);
  const door = openDirectDoor(url.href);
  assert.equal(await callOnce(door, stage), "applied");
  const first = gate.requests;
  await untilWarm(gate);
  assert.ok(gate.requests >= first + 12, `${gate.requests - first} requests`);
  const warm = gate.requests;
  for (let call = 1; call <= 3; call++) {
    assert.equal(await callOnce(door, stage), "applied");
    await delay(500);
  }
  assert.equal(gate.requests, warm + 3);
});

/** Resolves when the warm-up has ended: it has a dozen parts, and then nothing more is sent. */
async function untilWarm(gate: { requests: number }): Promise<void> {
  const before = gate.requests;
  for (let turn = 0; turn < 400 && gate.requests < before + 12; turn++) await delay(25);
  for (let seen = -1; seen !== gate.requests;) {
    seen = gate.requests;
    await delay(1_000);
  }
}

Deno.test(
  "Postgres itself ends a call that hangs, and the next is applied",
  UNSANITIZED,
  () => assertHangIsEnded(openDirectDoor(webhookUrl), stage),
);

Deno.test(
  "a wrong password or database answers unavailable, and the log has the code",
  UNSANITIZED,
  async () => {
    const url = new URL(webhookUrl);
    url.password = "wrong";
    assert.equal(await callOnce(openDirectDoor(url.href), stage), "unavailable 28P01");
    const elsewhere = new URL(webhookUrl);
    elsewhere.pathname = "/elsewhere";
    assert.equal(await callOnce(openDirectDoor(elsewhere.href), stage), "unavailable 3D000");
  },
);
