import assert from "node:assert/strict";
import { codeOf, dataOf, sesameAnswering } from "./testing.ts";

const PRICE = {
  price: "price_whisper_monthly",
  product: "Whisper",
  modules: [{ slug: "whisper", title: "Whisper", access_level: "standard" }],
  amount: 900,
  currency: "eur",
  interval: "month",
  interval_count: 1,
};

Deno.test("prices are the rows of price_list, in the schema of the installation", async () => {
  const asked: string[] = [];
  const sesame = sesameAnswering(({ url, headers }) => {
    const { pathname, searchParams } = new URL(url);
    asked.push(`${pathname} ${headers.get("accept-profile")} ${searchParams.get("select")}`);
    return Response.json([PRICE]);
  });
  assert.deepEqual(dataOf(await sesame.prices()), [PRICE]);
  assert.deepEqual(asked, [
    "/rest/v1/price_list public price,product,description,image,nickname,modules,amount,varies_by," +
    "currency,interval,interval_count,trial_days,tax,max_quantity",
  ]);
});

Deno.test("attack: prices without their modules, or in a page of HTML, are unknown", async () => {
  for (const answer of [[{ ...PRICE, modules: null }], [{ modules: [] }], "<h1>Welcome</h1>"]) {
    assert.equal(await codeOf(sesameAnswering(() => Response.json(answer)).prices()), "unknown");
  }
});

Deno.test("an installation without price_list is unknown, with the code of the Data API", async () => {
  const sesame = sesameAnswering(() => Response.json({ code: "PGRST205" }, { status: 404 }));
  const { error } = await sesame.prices();
  assert.ok(error?.code === "unknown");
  assert.equal(error.serverCode, "PGRST205");
});
