/** The prices that a shop shows, as `sesame-client` reads them on a running stack. */

import assert from "node:assert/strict";
import { runRound } from "../../cli/reconcile/round.ts";
import { createSesame } from "../../client/core/index.ts";
import { PRICE_COLUMNS } from "../../client/core/prices.ts";
import { dataOf } from "../../client/core/testing.ts";
import { newMember, openStage } from "./stage.ts";

const { stack, schema, sql, anon } = await openStage();

/** The prices of the seed are read from Stripe. */
async function reconcile(): Promise<void> {
  const { functionsUrl, functionsPrefix, secretKey } = stack;
  await runRound({ functionsUrl, functionsPrefix, secretKey, all: false }, () => {});
}

Deno.test("a visitor sees what is for sale, and a member buys it", async () => {
  await reconcile();
  const prices = dataOf(await createSesame(anon.client, { schema }).prices());
  const monthly = prices.find(({ price }) => price === "price_whisper_monthly");
  assert.ok(monthly !== undefined);
  assert.deepEqual([monthly.amount, monthly.currency, monthly.interval, monthly.interval_count], [
    900,
    "eur",
    "month",
    1,
  ]);
  assert.deepEqual(monthly.modules.map(({ slug }) => slug), ["whisper"]);

  const { client } = await newMember(stack);
  const { url } = dataOf(await createSesame(client, { schema }).buy({ price: monthly.price }));
  assert.match(url, /cs_test_/);
});

Deno.test("the client reads every column of price_list but livemode", async () => {
  const columns = await sql`
    select column_name as name from information_schema.columns
    where table_schema = ${schema} and table_name = 'price_list'`;
  const names = columns.map(({ name }) => name).filter((name) => name !== "livemode");
  assert.deepEqual(PRICE_COLUMNS.toSorted(), names.toSorted());
});
