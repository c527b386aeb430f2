import assert from "node:assert/strict";
import { delay } from "../_shared/delay.ts";
import type { Cause } from "./bad_signature.ts";
import { diagnosing } from "./diagnose.ts";
import { eventBody, SECRET, signatureOf } from "./testing.ts";

const known = { secrets: ["whsec_old", SECRET], livemode: false };
const event = JSON.parse(eventBody({ name: "Zoë", nothing: [], none: {} }));
const pretty = JSON.stringify(event, null, 2);
const compact = JSON.stringify(event);

/** The cause that is found for a body with the signature of another body. */
async function causeOf(body: string, header: string, mismatch: "no_match" | "out_of_time") {
  const bytes = new TextEncoder().encode(body);
  return await diagnosing(known)(mismatch)?.(bytes, header);
}

async function noMatch(body: string, signed: string, secret = SECRET): Promise<unknown> {
  return await causeOf(body, await signatureOf(signed, secret), "no_match");
}

Deno.test("a body that a proxy parsed and wrote again has the cause body_changed", async () => {
  for (
    const [arrived, sent] of [
      [compact, pretty],
      [pretty, compact],
      [compact.replace("ë", "\\u00eb"), pretty],
      [pretty.replaceAll("\n", "\r\n"), pretty],
      [`${pretty}\n`, pretty],
      [pretty, `${pretty}\n`],
    ] as const
  ) assert.equal(await noMatch(arrived, sent), "body_changed", arrived);
});

Deno.test("a body that is not a JSON object has the cause body_changed", async () => {
  for (const body of ["", "id=evt_1", "[object Object]", "null", "[]"]) {
    assert.equal(await noMatch(body, pretty), "body_changed", body);
  }
});

Deno.test("a body signed with another secret has a cause that names the kind of secret", async () => {
  const cases: [fields: Record<string, unknown>, Cause][] = [
    [{}, "wrong_secret"],
    [{ account: "acct_1" }, "connect_secret"],
    [{ object: "v2.core.event" }, "thin_secret"],
    [{ livemode: true }, "other_mode_secret"],
    [{ livemode: true, account: "acct_1" }, "other_mode_secret"],
  ];
  for (const [fields, cause] of cases) {
    const body = eventBody(fields);
    assert.equal(await noMatch(body, body, "whsec_another"), cause);
  }
});

Deno.test("a valid signature with a wrong time has the cause clock; an invalid one has no cause", async () => {
  for (const [secret, cause] of [[SECRET, "clock"], ["whsec_old", "clock"], ["whsec_eve", null]]) {
    const header = await signatureOf(compact, secret ?? "", 1_600_000_000);
    assert.equal(await causeOf(compact, header, "out_of_time"), cause);
  }
  const header = await signatureOf(compact, SECRET, 1_600_000_000);
  assert.equal(await causeOf(pretty, header, "out_of_time"), null);
});

Deno.test("attack: of ten thousand forged deliveries one of each kind is examined", () => {
  const looks = diagnosing(known, 600_000);
  let looked = 0;
  for (let delivery = 0; delivery < 10_000; delivery++) {
    if (looks("no_match") !== null) looked++;
    if (looks("out_of_time") !== null) looked++;
    assert.equal(looks("malformed"), null, "there is nothing to look at");
  }
  assert.equal(looked, 2);
});

Deno.test("after the pause the next one is examined", async () => {
  const looks = diagnosing(known, 10);
  looks("no_match");
  await delay(15);
  assert.notEqual(looks("no_match"), null);
});

Deno.test("attack: a huge forged body is not parsed", async () => {
  const huge = JSON.stringify({ ...event, name: "x".repeat(65_536) });
  assert.equal(await noMatch(huge, pretty), null);
});
