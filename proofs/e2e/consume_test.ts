import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import postgres from "postgres";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import { withAtMost } from "./delivery.ts";
import { orderToken, type Verdict, verifyToken } from "./module_tokens.ts";
import { openStage } from "./stage.ts";
import { sqlInSchema } from "../schema/sql_in_schema.ts";

const { stack, schema, sql } = await openStage();

/** A token for this many uses of Whisper. Its owner has nothing else. */
async function order(maxUsage: number): Promise<string> {
  const [userId, paymentId] = [crypto.randomUUID(), crypto.randomUUID()];
  return (await orderToken(stack, "whisper", { userId, paymentId, maxUsage })).token;
}

/** Asks until there is an answer. A refused request is sent again, later each time. */
async function consume(token: string, requestId: string, pause = 3_000): Promise<Verdict> {
  try {
    return await verifyToken(stack, token, { module: "whisper", consume: true, requestId });
  } catch (error) {
    if (!/^503 /.test((error as Error).message)) throw error;
    await delay(pause * (0.5 + Math.random()));
    return await consume(token, requestId, 2 * pause);
  }
}

/** How often a token was used, according to the database. */
async function usageOf(token: string): Promise<number> {
  const { jti = "" } = decodeJwt(token);
  const [row] = await sql`select usage_count from public.access_tokens where id = ${jti}`;
  return row?.usage_count;
}

function names(count: number): string[] {
  return Array.from({ length: count }, () => crypto.randomUUID());
}

function isActive({ active }: Verdict): boolean {
  return active;
}

Deno.test("of 1,000 uses at once of a token for 100 exactly 100 are accepted, and the same ones on a retry", async () => {
  const token = await order(100);
  const requests = names(1_000);
  const verdicts = await Promise.all(requests.map((name) => consume(token, name)));
  const refused = verdicts.filter((verdict) => !isActive(verdict));
  assert.equal(refused.length, 900);
  assert(refused.every(({ reason }) => reason === "exhausted"));
  assert.equal(await usageOf(token), 100);

  const served = requests.filter((_, place) => isActive(verdicts[place]!));
  const again = await withAtMost(50, served, (name) => consume(token, name));
  assert(again.every(isActive));
  assert.equal(await usageOf(token), 100);
});

Deno.test("on fifty connections, with half of 1,000 uses sent twice at once, 100 are accepted and each is counted once", async () => {
  const token = await order(100);
  const requests = names(1_000);
  const twice = requests.flatMap((name, place) => place % 2 === 0 ? [name, name] : [name]);
  const asServer = sqlInSchema(
    postgres(stack.dbUrl, { max: 50, connection: { role: "service_role" } }),
    schema,
  );
  const { jti = "", sub = "" } = decodeJwt(token);
  const answers = await Promise.all(twice.map(async (name) => {
    const [row] = await asServer`
      select reason from public.sesame_verify_module_token(${jti}, ${sub}, 'whisper', true, ${name})`;
    return `${name} ${row?.reason ?? "active"}`;
  }));
  await asServer.end();
  // A request sent twice got the same answer twice. Otherwise there would be more than 1,000 answers.
  const distinct = [...new Set(answers)];
  assert.equal(distinct.length, 1_000);
  assert.equal(distinct.filter((answer) => answer.endsWith(" active")).length, 100);
  assert.equal(distinct.filter((answer) => answer.endsWith(" exhausted")).length, 900);
  assert.equal(await usageOf(token), 100);
});

Deno.test("a request without an id counts each time, and without consume none counts", async () => {
  const token = await order(3);
  const ask = (more: { consume?: boolean }) => verifyToken(stack, token, more);
  for (const uses_left of [2, 1, 0]) {
    await ask({});
    assert.equal((await ask({ consume: true })).uses_left, uses_left);
  }
  assert.equal((await ask({ consume: true })).reason, "exhausted");
});
