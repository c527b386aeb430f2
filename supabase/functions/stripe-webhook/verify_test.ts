import assert from "node:assert/strict";
import { eventBody, SECRET, signatureOf } from "./testing.ts";
import type { Verified } from "../_shared/inbox.ts";
import { mismatchOf } from "./signature_header.ts";
import { verifying } from "./verify.ts";

const NOW = 1_760_000_000; // Unix seconds
const BODY = eventBody();
const refused = { code: "bad_signature" };

function verify(
  body: string | Uint8Array,
  header: string,
  secrets: string[] = [SECRET],
): Promise<Verified> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return verifying(secrets)(bytes, header, NOW * 1_000);
}

async function v1Of(body: string, secret: string): Promise<string> {
  return (await signatureOf(body, secret, NOW)).replace(/^t=\d+,/, "");
}

Deno.test("a signed event comes back parsed, with its text exactly as it was", async () => {
  const body = ` ${eventBody({ name: "\\u0000 é 😀" })}\n`;
  const { text, event } = await verify(body, await signatureOf(body, SECRET, NOW));
  assert.equal(text, body);
  assert.deepEqual(event, JSON.parse(body));
});

Deno.test("a forged signature is refused", async () => {
  await assert.rejects(verify(BODY, await signatureOf(BODY, "whsec_eve", NOW)), refused);
});

Deno.test("a tampered body is refused", async () => {
  const header = await signatureOf(BODY, SECRET, NOW);
  await assert.rejects(verify(BODY.replace("cus_ada", "cus_eve"), header), refused);
  await assert.rejects(verify(`${BODY}\n`, header), refused, "nor may it gain a blank");
  await assert.rejects(verify("", header), refused, "nor be empty");
});

Deno.test("a header of any other shape is refused", async () => {
  const v1 = await v1Of(BODY, SECRET);
  for (
    const header of ["", " ", "nonsense", v1, `t=${NOW}`, `t=,${v1}`, `t=x,${v1}`, `t=-1,${v1}`]
  ) {
    await assert.rejects(verify(BODY, header), refused, header);
  }
});

Deno.test("a v0 signature, which Stripe makes for tests only, is refused", async () => {
  const header = await signatureOf(BODY, SECRET, NOW);
  await assert.rejects(verify(BODY, header.replace("v1=", "v0=")), refused);
});

Deno.test("a BOM added before a signed body is refused", async () => {
  const header = await signatureOf(BODY, SECRET, NOW);
  await assert.rejects(verify(`\ufeff${BODY}`, header), refused);
});

Deno.test("a body signed with its BOM is verified, and is not JSON", async () => {
  const body = `\ufeff${BODY}`;
  await assert.rejects(verify(body, await signatureOf(body, SECRET, NOW)), { code: "not_json" });
});

Deno.test("bytes that are not UTF-8 cannot stand in for the replacement character", async () => {
  const body = eventBody({ name: "\ufffd" });
  const header = await signatureOf(body, SECRET, NOW);
  assert.equal((await verify(body, header)).text, body);

  const bytes = Array.from(new TextEncoder().encode(body));
  bytes.splice(bytes.indexOf(0xef), 3, 0xff);
  const changed = { ...refused, probably: "body_changed" };
  await assert.rejects(verify(new Uint8Array(bytes), header), changed);
});

Deno.test("a signature is valid for 300 seconds into the past and into the future", async () => {
  for (const [age, good] of [[300, true], [301, false], [-300, true], [-301, false]] as const) {
    const verified = verify(BODY, await signatureOf(BODY, SECRET, NOW - age));
    if (good) assert.equal((await verified).text, BODY);
    else await assert.rejects(verified, refused, `age ${age}`);
  }
});

Deno.test("of several times in a header the last counts, as for Stripe's library", async () => {
  const v1 = await v1Of(BODY, SECRET);
  assert.equal((await verify(BODY, `t=1,${v1},t=${NOW}`)).text, BODY);
  await assert.rejects(verify(BODY, `t=${NOW},${v1},t=${NOW - 1}`), refused);
  await assert.rejects(verify(BODY, `t=${NOW},${v1},t=${NOW + 86_400}`), refused);
});

Deno.test("a v1 without a value is refused like any other malformed header", async () => {
  const v1 = await v1Of(BODY, SECRET);
  await assert.rejects(verify(BODY, `t=${NOW},v1,${v1}`), { ...refused, mismatch: "malformed" });
});

Deno.test("an empty body is refused, even with a signature", async () => {
  await assert.rejects(verify("", await signatureOf("", SECRET, NOW)), refused);
});

Deno.test("a thousand signatures in a header cost one HMAC for each secret", async () => {
  const v1 = await v1Of(BODY, SECRET);
  const header = [`t=${NOW}`, ...Array(1_000).fill(`v1=${"0".repeat(64)}`), v1].join(",");
  const { sign } = crypto.subtle;
  let made = 0;
  crypto.subtle.sign = (...signed) => (made++, sign.apply(crypto.subtle, signed));
  try {
    assert.equal((await verify(BODY, header, ["whsec_old", SECRET])).text, BODY);
  } finally {
    crypto.subtle.sign = sign;
  }
  assert.equal(made, 2);
});

Deno.test("mismatchOf() accepts a header with a signature and a present time", () => {
  const v1 = `v1=${"0".repeat(64)}`;
  const saying = {
    null: [`t=${NOW},${v1}`, `${v1},t=${NOW - 300}`, `t=1,t=${NOW + 300},v0=,v1=,${v1}`],
    malformed: [
      "",
      v1,
      `t=${NOW}`,
      `t=${NOW},v0=00`,
      `t=${NOW},v1=00`,
      `t=now,${v1}`,
      `t=-1,${v1}`,
      ` t=${NOW},${v1}`,
      `t=${NOW},v1=${"A".repeat(64)}`,
    ],
    out_of_time: [`t=${NOW - 301},${v1}`, `t=${NOW},t=${NOW + 301},${v1}`, `t=1,${v1}`],
  };
  for (const [mismatch, headers] of Object.entries(saying)) {
    for (const header of headers) {
      assert.equal(String(mismatchOf(header, NOW * 1_000)), mismatch, header);
    }
  }
});

Deno.test("an old event with a fresh signature is accepted", async () => {
  const body = eventBody({ created: NOW - 30 * 86_400 });
  assert.equal((await verify(body, await signatureOf(body, SECRET, NOW))).text, body);
});

Deno.test("one valid v1 among several is enough, as while Stripe rolls a secret", async () => {
  const [eve, ada] = [await v1Of(BODY, "whsec_eve"), await v1Of(BODY, SECRET)];
  assert.equal((await verify(BODY, `t=${NOW},${eve},${ada},v0=00`)).text, BODY);
  await assert.rejects(verify(BODY, `t=${NOW},${eve},${eve}`), refused);
});

Deno.test("a signature of any of several secrets is accepted, and no other", async () => {
  const secrets = ["whsec_old", "whsec_new"];
  for (const secret of secrets) {
    const header = await signatureOf(BODY, secret, NOW);
    assert.equal((await verify(BODY, header, secrets)).text, BODY);
  }
  await assert.rejects(verify(BODY, await signatureOf(BODY, SECRET, NOW), secrets), refused);
});

Deno.test("a blank secret verifies no signature", async () => {
  const header = await signatureOf(BODY, SECRET, NOW);
  for (const secret of ["", " "]) await assert.rejects(verify(BODY, header, [secret]), refused);
  await assert.rejects(verify(BODY, header, []), refused);
});

Deno.test("a thin event is verified and read, although Stripe's library throws on it", async () => {
  const body = JSON.stringify({ id: "evt_2", object: "v2.core.event", type: "v2.core.x" });
  const secrets = ["whsec_old", SECRET];
  const { event } = await verify(body, await signatureOf(body, SECRET, NOW), secrets);
  assert.deepEqual(event, JSON.parse(body));
});

Deno.test("a body signed with another secret is refused as forged, before it is parsed", async () => {
  const thin = JSON.stringify({ id: "evt_2", object: "v2.core.event", type: "v2.core.x" });
  for (const body of [thin, "{", "null", "\ufeff{}"]) {
    await assert.rejects(verify(body, await signatureOf(body, "whsec_eve", NOW)), refused, body);
  }
});

Deno.test("a signed body that is not JSON gets not_json", async () => {
  for (const body of ["{", "hello", "{}{}", "NaN", " "]) {
    const header = await signatureOf(body, SECRET, NOW);
    await assert.rejects(verify(body, header), { code: "not_json" }, body);
  }
});
