import assert from "node:assert/strict";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import { inWords } from "../../cli/doctor/in_words.ts";
import { examineProject, findingsOf } from "../../cli/doctor/doctor.ts";
import { openProject } from "../../cli/doctor/open_project.ts";
import { checkoutSessionCompleted, newPurchase, NO_LINES, sign } from "../../stripe/events.ts";
import { withAtMost } from "./delivery.ts";
import { environmentOf, openStage } from "./stage.ts";
import { bootWebhook } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, ada, moduleId } = stage;
const endpoint = `${stack.functionsUrl}/stripe-webhook`;
const ENVIRONMENT = environmentOf(stack);
const project = await openProject((name) => ENVIRONMENT[name]);

function newBody(fields: Record<string, unknown> = {}): string {
  const event = checkoutSessionCompleted(newPurchase({ userId: ada.id, moduleId }), NO_LINES);
  return JSON.stringify({ ...event, ...fields }, null, 2); // as Stripe writes it
}

/** Makes a delivery like Stripe's, with the given differences. Returns its status. */
async function post(body: string, header: string | null, method = "POST"): Promise<number> {
  const headers: Record<string, string> = header === null ? {} : { "stripe-signature": header };
  const response = await fetch(endpoint, {
    method,
    headers,
    ...method === "POST" ? { body } : {},
  });
  await response.body?.cancel();
  return response.status;
}

async function report() {
  const answer = await fetch(`${stack.functionsUrl}/health/report`, {
    headers: { apikey: stack.secretKey },
  });
  return await answer.json();
}

/** Waits until this many deliveries are recorded. */
async function written(calls: number): Promise<void> {
  for (const until = performance.now() + 60_000; performance.now() < until; await delay(200)) {
    const [row] =
      await sql`select coalesce(sum(calls), 0)::integer as calls from sesame.deliveries`;
    if (row?.calls === calls) return;
    assert.ok(row?.calls <= calls, `${row?.calls} deliveries are written down, and ${calls} came`);
  }
  throw new Error("the deliveries were never recorded");
}

/** Deletes all counts, and starts a function that examines the next refusal of each kind. */
async function begin(): Promise<void> {
  await delay(7_000); // counts are written after five seconds
  await sql`delete from sesame.deliveries`;
}

/** What the doctor says after three deliveries with this header: its one finding, and all its lines. */
async function saidAfter(body: string, header: string): Promise<{ code: string; text: string }> {
  await begin();
  for (let delivery = 0; delivery < 3; delivery++) assert.equal(await post(body, header), 400);
  await written(3);
  // Once: the doctor's own delivery is counted seconds later, and would be in a second report.
  const examinations = await examineProject(project);
  return {
    code: findingsOf(examinations).map(({ code }) => code).join(),
    text: examinations.flatMap((examination) => inWords(examination)).join("\n"),
  };
}

Deno.test("every outcome of a delivery is counted, and so is the latency of good answers", async () => {
  const { webhookSecret } = stack;
  const now = Math.floor(Date.now() / 1_000);
  const body = newBody();
  for (let delivery = 0; delivery < 4; delivery++) {
    assert.equal(await post(body, await sign(body, webhookSecret)), 200);
  }
  const before = await sql`select id from sesame.stripe_events`;
  assert.equal(await post(body, await sign(body, "whsec_of_another")), 400);
  assert.equal(await post(JSON.stringify(JSON.parse(body)), await sign(body, webhookSecret)), 400);
  assert.equal(await post(body, await sign(body, webhookSecret, now - 600)), 400);
  const large = " ".repeat(1_048_577);
  assert.equal(await post(large, await sign(large, webhookSecret)), 413);
  assert.equal(await post("{", await sign("{", webhookSecret)), 400);
  assert.equal(await post("{}", await sign("{}", webhookSecret)), 400);
  assert.equal(await post(body, null), 400);
  assert.equal(await post(body, "t=now,v1=00"), 400);
  assert.equal(await post(body, await sign(body, webhookSecret), "GET"), 405);
  await written(13);

  const { deliveries, last_day, latencies } = await report();
  const { refusals, ...counts } = deliveries;
  assert.deepEqual(counts, {
    ...{ accepted: 4, failed: 0, refused: 6, unsigned: 3, success_rate: 0.4 },
  });
  assert.deepEqual(
    refusals.map(({ kind, calls, cause }: Record<string, unknown>) => [kind, calls, cause]),
    [
      ["no_match", 2, "wrong_secret"],
      ["out_of_time", 1, "clock"],
      ["too_large", 1, null],
      ["not_json", 1, null],
      ["not_an_event", 1, null],
      ["wrong_method", 1, null],
      ["unsigned", 1, null],
      ["malformed", 1, null],
    ],
  );
  assert.equal(last_day.events, before.length, "and none of it is in the inbox");
  assert.equal(latencies["stripe-webhook"].calls, 4);

  const metrics = await (await fetch(`${stack.functionsUrl}/health/metrics`, {
    headers: { apikey: stack.secretKey },
  })).text();
  assert.match(metrics, /^sesame_deliveries_success_rate 0\.4$/m);
  assert.match(metrics, /^sesame_refusals_last_day\{kind="out_of_time",cause="clock"\} 1$/m);
  assert.match(
    metrics,
    /^sesame_latency_milliseconds\{route="stripe-webhook",quantile="0.5"\} \d+$/m,
  );
});

Deno.test("with a wrong secret, health answers 503, and the doctor names the secret and where to set it", async () => {
  const body = newBody();
  const { code, text } = await saidAfter(body, await sign(body, "whsec_of_another"));
  assert.equal(code, "webhook_refused_secret");
  assert.deepEqual((await report()).troubles, ["refused"]);
  assert.match(text, /webhook_refused_secret: 3 of 3 signed deliveries \(no_match, wrong_secret\)/);
  assert.match(
    text,
    /# First put STRIPE_WEBHOOK_SECRET into secrets\.env\.\n +\$ .* secrets set --env-file secrets\.env\n/,
  );
  assert.doesNotMatch(text, /whsec_/);
});

Deno.test("each other cause has its code: a reformatted body, a wrong clock, another endpoint's secret", async () => {
  const body = newBody();
  const again = JSON.stringify(JSON.parse(body));
  const { webhookSecret } = stack;
  const late = Math.floor(Date.now() / 1_000) - 600;
  const connected = newBody({ account: "acct_connected" });
  for (
    const [sent, header, code] of [
      [again, await sign(body, webhookSecret), "webhook_refused_body"],
      [body, await sign(body, webhookSecret, late), "webhook_refused_clock"],
      [connected, await sign(connected, "whsec_of_connect"), "webhook_refused_endpoint"],
    ] as const
  ) assert.equal((await saidAfter(sent, header)).code, code);
});

Deno.test("attack: unsigned posts of a bot are counted, and raise no alert", async () => {
  await begin();
  for (let call = 0; call < 30; call++) await post("{}", call % 2 === 0 ? null : "stripe");
  await written(30);
  const { deliveries, troubles } = await report();
  assert.deepEqual([deliveries.unsigned, deliveries.success_rate, troubles], [30, null, []]);
  assert.deepEqual(findingsOf(await examineProject(project)), []);
});

Deno.test("attack: ten thousand forged deliveries are a few writes, and every one is counted", async () => {
  await begin();
  const body = newBody();
  const header = await sign(body, "whsec_of_another");
  const writes = async () => {
    const [row] = await sql`
      select (n_tup_ins + n_tup_upd)::integer as writes from pg_stat_user_tables
      where schemaname = 'sesame' and relname = 'deliveries'`;
    return row?.writes;
  };
  await delay(1_500); // earlier writes are in the statistics then
  const before = await writes();
  const began = performance.now();
  {
    await using webhook = await bootWebhook(stage, { door: "direct" });
    const headers = { "stripe-signature": header };
    await withAtMost(50, Array.from({ length: 10_000 }), async () => {
      const response = await fetch(webhook.endpoint, { method: "POST", headers, body });
      assert.equal(response.status, 400);
      await response.body?.cancel();
    });
    await written(10_000);
  }
  await delay(1_500);
  const pauses = Math.ceil((performance.now() - began) / 5_000);
  const rows = await writes() - before;
  assert.ok(rows > 0 && rows <= 2 * (pauses + 1), `${rows} rows were written in ${pauses} pauses`);
  const kinds = await sql`select kind::text, cause::text from sesame.deliveries order by 2`;
  assert.deepEqual(kinds.map(({ kind, cause }) => [kind, cause]), [
    ["no_match", "unknown"],
    ["no_match", "wrong_secret"],
  ]);
});
