import assert from "node:assert/strict";
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
  const trips: number[] = [];
  for (let call = 1; call <= 5; call++) {
    const before = gate.requests;
    assert.equal(await callOnce(door, stage), "applied");
    trips.push(gate.requests - before);
  }
  assert.deepEqual(trips.slice(1), [1, 1, 1, 1]);
});

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
