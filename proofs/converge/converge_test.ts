/** A short run of the proof, for `deno task test`. `deno task test:converge` tries many more orders. */

import assert from "node:assert/strict";
import { checkInvariants } from "./invariants.ts";
import { startServer } from "./database.ts";
import { runLoad } from "./load.ts";
import { type Divergence, tryOrders } from "./lockstep.ts";
import { singly } from "./order.ts";
import { report } from "./report.ts";
import { runLives, runOrders, runRebuild, startRun } from "./run.ts";
import { allClaims, BRIEF, sweepOf } from "./sweep.ts";

const SEED = 20261121;

/** No divergence; otherwise the message shows the first ones. */
function assertNone(divergences: Divergence[]): void {
  assert.deepEqual(divergences.slice(0, 3).map(({ found }) => found), []);
}

Deno.test("access is a function of the set of events", async (suite) => {
  await using server = await startServer(4);
  const [first = "", second = "", third = "", fourth = ""] = server.urls;
  const run = startRun({ ...server, urls: [first, second] });
  const claims = allClaims();

  await suite.step(
    "every scenario gives the access of the table, in every order tried",
    async () => {
      await runOrders(run, sweepOf(claims, BRIEF, SEED));
      assertNone(run.tally.divergences);
      assert.ok(run.tally.orders > 3_000, `only ${run.tally.orders} orders`);
    },
  );

  await suite.step("random lives of several users give the access of the model", async () => {
    await runLives(run, 1_000, SEED);
    assertNone(run.tally.divergences);
  });

  await suite.step("access rebuilt from the facts or from the inbox is the same", async () => {
    const [some = []] = sweepOf(claims, BRIEF, SEED);
    assertNone(await runRebuild(third, some, SEED));
  });

  await suite.step(
    "many connections at once give the access of the model, without errors",
    async () => {
      const load = { connections: 16, lifecycles: 100, events: 1_000 };
      const { divergences } = await runLoad(fourth, load, SEED);
      assertNone(divergences);
    },
  );

  await suite.step(
    "a tie that nothing resolves is marked to be read again from Stripe",
    async () => {
      const [lane = []] = run.lanes;
      const [claim] = allClaims(44);
      assert.ok(claim !== undefined);
      await tryOrders(lane, [
        singly(claim, "canonical", [0, 1]),
        singly(claim, "reversed", [1, 0]),
      ]);
      assert.ok(lane[0] !== undefined);
      const ties = await lane[0]`select from sesame.pending_fetches where why = 'tie'`;
      assert.equal(ties.length, 2);
    },
  );

  await suite.step("a divergence is printed with all its deliveries", async () => {
    const [lane = []] = run.lanes;
    const [claim] = allClaims(12);
    assert.ok(claim !== undefined);
    const wrong = { ...claim, checks: allClaims(11)[0]?.checks ?? [] };
    const { divergences } = await tryOrders(lane, [
      singly(wrong, "canonical", [0, 1, 2, 3, 4, 5, 6]),
    ]);
    assert.equal(divergences.length, 1);
    const printed = (await report(lane, divergences[0] as Divergence)).join("\n");
    assert.match(printed, /scenario 12 .* alpha is closed \(refunded\), not open \(purchase\)/);
    assert.match(printed, /day 1 refund\.created re_\S+ succeeded/);
    assert.match(printed, /--replay 12:0:\d+:/);
  });

  await suite.step("grants that follow from no fact are found", async () => {
    const [sql] = run.lanes[0] ?? [];
    assert.ok(sql !== undefined);
    await sql`update sesame.grants set access_level = 'stolen'`;
    assert.match((await checkInvariants(sql)).join(), /sesame\.grants differs from/);
  });

  await run.close();
});
