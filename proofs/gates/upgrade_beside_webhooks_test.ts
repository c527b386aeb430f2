/**
 * A released version with a year of data is upgraded while webhooks of two releases deliver, through both doors. Those
 * of today are there from the start, because somebody may deploy before they push.
 */

import assert from "node:assert/strict";
import { ask } from "../../cli/catalogue/catalogue.ts";
import { type Api, createAuthSchema, startApi } from "../../local/api.ts";
import { type BareDatabase, startBareDatabase } from "../../local/bare_database.ts";
import { runOn } from "../../local/database_copies.ts";
import { makeKeys } from "../../local/keys.ts";
import { isTransient } from "../../supabase/functions/_shared/doors/sqlstate.ts";
import { applyUpgrade } from "./upgrade/apply.ts";
import { releasedPaths } from "./upgrade/paths.ts";
import { runTraffic } from "./upgrade/traffic.ts";
import { webhooks } from "./upgrade/webhooks.ts";
import { accessIn, audit, fillYear } from "./upgrade/year.ts";

const LOAD = { connections: 16, lifecycles: 150, events: 3_000 };

/** The Data API of a database. `reload` is what `notify pgrst` does at the end of an upgrade. */
async function serveApi(postgres: BareDatabase) {
  await using starting = new AsyncDisposableStack();
  await createAuthSchema(postgres);
  const { secretKey, ...keys } = makeKeys();
  const apis: Api[] = [];
  const reload = async () => {
    const options = { postgres, secretKey, ...keys, schemas: ["public"] };
    const api = await startApi({ ...options, siteUrl: "http://localhost" });
    apis.unshift(api);
  };
  starting.defer(async () => void await Promise.all(apis.map((api) => api.stop())));
  await reload();
  const server = starting.use(
    Deno.serve({ port: 0, onListen: () => {} }, (request) => apis[0]!.fetch(request)),
  );
  const held = starting.move();
  return {
    address: { url: `http://localhost:${server.addr.port}`, key: secretKey },
    reload,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** What an operator does once for the direct door. */
async function openDirect({ url: owner, adminUrl }: BareDatabase): Promise<string> {
  await runOn(adminUrl, "alter role sesame_webhook login password 'open-sesame'");
  const url = new URL(owner);
  [url.username, url.password] = ["sesame_webhook", "open-sesame"];
  return url.href;
}

for (const { from, to, install, upgrades } of await releasedPaths()) {
  Deno.test({
    name: `${from}, upgraded to ${to} beside webhooks of both, loses and doubles no event`,
    // The driver closes its sockets on its own time.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using database = await startBareDatabase();
      const { url } = database;
      await runOn(url, install);
      await fillYear(url);
      const access = await accessIn(url);
      await using api = await serveApi(database);
      const doors = { direct: await openDirect(database), api: api.address };
      const sent = new Set<string>();
      // Each of the connections is a process of its own.
      const sends = Array.from({ length: 4 }, () => webhooks(doors, sent)).flat();
      const times: number[] = [];
      const { calls, sentAgain, readers, divergences } = await runTraffic(
        url,
        LOAD,
        7,
        async () => {
          times.push(performance.now());
          for (const text of upgrades) await applyUpgrade(url, text);
          times.push(performance.now());
          await api.reload();
        },
        sends,
      );
      const [begun = 0, ended = 0] = times;
      const across = calls.filter((call) => call.begun < ended && call.ended > begun);
      const answered503 = Object.values(sentAgain).reduce((sum, count) => sum + count, 0);
      const beside = across.length + answered503;
      assert.ok(across.length > 0 && beside >= LOAD.connections, `${beside} calls beside it`);
      assert.ok(calls.some((call) => call.begun > ended), "no call after the upgrade");
      // Each of these is answered 503, and Stripe sends the event again.
      const refused = Object.keys(sentAgain).filter((code) => !isTemporary(code));
      assert.deepEqual(refused, [], Deno.inspect(sentAgain));
      assert.deepEqual(readers, {});

      // Access is the model's, and so that of a fresh installation.
      assert.deepEqual(divergences, []);
      assert.deepEqual(await audit(url), []);
      const now = new Set(await accessIn(url));
      assert.deepEqual(access.filter((line) => !now.has(line)), []);
      const waiting = await ask(url, "select event_id from sesame.waiting_events");
      assert.deepEqual([...waiting], []);
      const settled = await ask(
        url,
        "select id from sesame.stripe_events where outcome in ('applied', 'ignored')",
      );
      const ids = new Set(settled.map(({ id }) => id));
      assert.deepEqual([...sent].filter((id) => !ids.has(id)), []);
    },
  });
}

/** A SQLSTATE, or a reason of the doors themselves. */
function isTemporary(code: string): boolean {
  return isTransient(code) || /^(timeout|TimeoutError|TypeError)$/.test(code);
}
