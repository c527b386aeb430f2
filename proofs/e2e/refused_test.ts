import assert from "node:assert/strict";
import { checkoutSessionCompleted, newPurchase, sign } from "../../stripe/events.ts";
import { rowCounts } from "./database_view.ts";
import { openStage } from "./stage.ts";

const { stack, sql, ada, moduleId } = await openStage();
const endpoint = `${stack.functionsUrl}/stripe-webhook`;
const paid = JSON.stringify(checkoutSessionCompleted(newPurchase({ userId: ada.id, moduleId })));
const MEGABYTE = 1_048_576;

/** A request to the webhook: signed as it should be, except for what is given. */
interface Attempt {
  method?: string;
  body?: RequestInit["body"];
  /** The signed text, if it is not the body. */
  signed?: string;
  secret?: string;
  /** Seconds from now. */
  at?: number;
  /** The whole signature header; null: none. */
  header?: string | null;
}

async function attempt(tried: Attempt): Promise<Response> {
  const { method = "POST", body = paid, secret = stack.webhookSecret } = tried;
  const signed = tried.signed ?? (typeof body === "string" ? body : paid);
  const time = Math.floor(Date.now() / 1_000) + (tried.at ?? 0);
  const header = tried.header === undefined ? await sign(signed, secret, time) : tried.header;
  return await fetch(endpoint, {
    method,
    headers: header === null ? {} : { "stripe-signature": header },
    ...method === "GET" || method === "HEAD" ? {} : { body },
  });
}

/** Checks that the answer is exactly this document, and that nothing has changed. */
async function assertRefused(tried: Attempt, status: number, code: string): Promise<void> {
  const before = await rowCounts(sql);
  const response = await attempt(tried);
  const { title, ...rest } = await response.json();
  assert.deepEqual(rest, { type: `urn:sesame:problem:${code}`, status, code });
  assert.match(title, /^[A-Z][\w ,;-]+\.$/);
  assert.equal(response.status, status);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(await rowCounts(sql), before);
}

const HUGE = "x".repeat(20 * MEGABYTE);
const UNSIGNED: [string, Attempt][] = [
  ["without a signature", { header: null }],
  ["with an empty signature", { header: "" }],
  ["of twenty megabytes without a signature", { body: HUGE, header: null }],
];
const FORGED: [string, Attempt][] = [
  ["signed with another secret", { secret: "whsec_guessed" }],
  ["changed by a single character", { body: paid.replace("2900", "2901"), signed: paid }],
  ["signed six minutes ago", { at: -360 }],
  ["signed six minutes from now", { at: 360 }],
  ["signed, but empty", { body: "" }],
  ["signed at no time", { header: "v1=00" }],
  ["of twenty megabytes, signed long ago", { body: HUGE, header: "t=1,v1=00" }],
  ["signed at a time that is no number", { header: "t=now,v1=00" }],
  ["signed by a scheme Stripe does not use", { header: `t=${Math.floor(Date.now() / 1e3)},v0=00` }],
  ["with a signature of eight thousand commas", { header: ",".repeat(8_000) }],
  [
    "of bytes that only look like what was signed",
    { body: new Uint8Array([0x22, 0xff, 0x22]), signed: '"\ufffd"' },
  ],
];
const NOT_JSON: [string, Attempt][] = [
  ["signed, but no JSON", { body: "id=evt_1&type=invoice.paid" }],
  ["signed, with a byte order mark", { body: `\ufeff${paid}` }],
];
const NOT_AN_EVENT: [string, Attempt][] = [
  ...["null", "[]", "7", '"evt_1"', "{}"].map((body): [string, Attempt] => [
    `signed, but only ${body}`,
    { body },
  ]),
  ["signed, without an id", { body: paid.replace('"id":"evt_', '"no":"evt_') }],
  ["signed, with an id that is a number", { body: '{"id":7,"type":"invoice.paid"}' }],
];
const TOO_LARGE: [string, Attempt][] = [
  ["one byte over a megabyte", { body: " ".repeat(MEGABYTE - paid.length + 1) + paid }],
  ["streamed without a length", { body: stream(2 * MEGABYTE) }],
  ["of twenty megabytes", {
    body: HUGE,
    header: `t=${Math.floor(Date.now() / 1e3)},v1=${"0".repeat(64)}`,
  }],
];

/** A body that does not say how long it is. */
function stream(size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunk = new Uint8Array(64 * 1_024);
  let left = size;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close();
      left -= chunk.length;
      controller.enqueue(chunk);
    },
  });
}

for (
  const [status, code, attempts] of [
    [400, "unsigned", UNSIGNED],
    [400, "bad_signature", FORGED],
    [400, "not_json", NOT_JSON],
    [400, "not_an_event", NOT_AN_EVENT],
    [413, "body_too_large", TOO_LARGE],
  ] as const
) {
  for (const [title, tried] of attempts) {
    Deno.test(`a delivery ${title} is refused with ${status} ${code} and leaves no trace`, () =>
      assertRefused(tried, status, code));
  }
}

for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
  Deno.test(`a signed ${method} is refused with 405 and leaves no trace`, async () => {
    const before = await rowCounts(sql);
    const response = await attempt({ method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "POST");
    assert.match(await response.text(), method === "HEAD" ? /^$/ : /method_not_allowed/);
    assert.deepEqual(await rowCounts(sql), before);
  });
}

for (
  const [title, event, word] of [
    ["in the other mode", paid.replace('"livemode":false', '"livemode":true'), "wrong_mode"],
    ["of another account", paid.replace("{", '{"account":"acct_other",'), "foreign_account"],
    ...['{"id":"acct_ours"}', "0", "[]", "true", '""'].map((account) =>
      [
        `with the account ${account}`,
        paid.replace("{", `{"account":${account},`),
        "foreign_account",
      ] as const
    ),
    ...['"false"', "0", "null"].map((livemode) =>
      [
        `with livemode ${livemode}`,
        paid.replace('"livemode":false', `"livemode":${livemode}`),
        "foreign_account",
      ] as const
    ),
  ] as const
) {
  Deno.test(`a signed event ${title} is stored, answered 200 and has no effect`, async () => {
    const body = event.replace("evt_", `evt_${crypto.randomUUID()}_`);
    const before = await rowCounts(sql);
    for (const outcome of ["quarantined", "duplicate"]) {
      const response = await attempt({ body });
      assert.deepEqual(await response.json(), { received: true, outcome });
      assert.equal(response.status, 200);
    }
    const events = (before["sesame.stripe_events"] ?? 0) + 1;
    assert.deepEqual(await rowCounts(sql), { ...before, "sesame.stripe_events": events });
    const rows =
      await sql`select outcome, detail from sesame.stripe_events where payload = ${body}`;
    assert.deepEqual([...rows], [{ outcome: "quarantined", detail: word }]);
  });
}
