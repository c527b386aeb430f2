import assert from "node:assert/strict";
import type { CallRpc } from "../_shared/data_api.ts";
import { secretKey } from "../_shared/secret_key.ts";
import type { PostWebhook } from "./post_webhook.ts";
import { PACE, sendWebhooks } from "./send_webhooks.ts";
import { webhooks } from "./webhooks.ts";

const QUICK = { ...PACE, runs: 5_000, pause: 1 };

type Attempts = { endpoint_id: string; attempts: { message_id: number; error: string | null }[] };

/** A database with these pages of messages for each endpoint, and the attempts that it recorded. */
function databaseWith(pages: Record<string, number[][]>) {
  const recorded: Attempts[] = [];
  const call: CallRpc = (name, args) => {
    const { endpoint_id } = JSON.parse(args);
    switch (name) {
      case "sesame_due_webhook_endpoints":
        return Promise.resolve(Object.keys(pages).filter((id) => pages[id]?.length));
      case "sesame_claim_webhook_deliveries":
        return Promise.resolve((pages[endpoint_id]?.shift() ?? []).map(claimed));
      default:
        recorded.push(JSON.parse(args));
        return Promise.resolve(1);
    }
  };
  return { call, recorded };
}

function claimed(message_id: number) {
  const secrets: string[] = [];
  return { message_id, attempt: 1, url: "x", secrets, webhook_id: `msg_${message_id}`, body: "{}" };
}

const arriving: PostWebhook = () => Promise.resolve({ status: 200, error: null });

Deno.test("messages are sent page by page, and each result is recorded", async () => {
  const { call, recorded } = databaseWith({ ep_1: [[1, 2], [3]] });
  const post: PostWebhook = ({ message_id }) =>
    Promise.resolve(
      message_id === 2 ? { status: 500, error: "http" } : { status: 200, error: null },
    );
  assert.deepEqual(await sendWebhooks(call, post, QUICK), { delivered: 2, failed: 1 });
  assert.deepEqual(
    recorded.map(({ attempts }) => attempts.map(({ message_id, error }) => [message_id, error])),
    [[[1, null], [2, "http"]], [[3, null]]],
  );
});

Deno.test("an endpoint that hangs holds up no other", async () => {
  const { call, recorded } = databaseWith({ ep_1: [[1]], ep_2: [[2], [3], [4]] });
  const { promise, resolve } = Promise.withResolvers<void>();
  const post: PostWebhook = async (message) => {
    if (message.message_id === 1) await promise;
    if (message.message_id === 4) resolve();
    return await arriving(message);
  };
  assert.deepEqual(await sendWebhooks(call, post, QUICK), { delivered: 4, failed: 0 });
  assert.deepEqual(recorded.at(-1)?.attempts.map(({ message_id }) => message_id), [1]);
});

Deno.test("what arrives while it sends is sent in the same run", async () => {
  const pages: Record<string, number[][]> = { ep_1: [[1]] };
  const { call, recorded } = databaseWith(pages);
  const post: PostWebhook = (message) => {
    if (message.message_id === 1) pages.ep_2 = [[2]];
    return arriving(message);
  };
  assert.deepEqual(await sendWebhooks(call, post, QUICK), { delivered: 2, failed: 0 });
  assert.deepEqual(recorded.map(({ endpoint_id }) => endpoint_id), ["ep_1", "ep_2"]);
});

Deno.test("a message whose claim is too old is left to the next run", async () => {
  const { call, recorded } = databaseWith({ ep_1: [[1]] });
  const post: PostWebhook = () => Promise.reject(new Error("sent"));
  assert.deepEqual(await sendWebhooks(call, post, { ...QUICK, fresh: 0 }), {
    delivered: 0,
    failed: 1,
  });
  assert.deepEqual(recorded[0]?.attempts.map(({ error }) => error), ["unsent"]);
});

Deno.test("a database that fails ends the run, after what is under way", async () => {
  const { call } = databaseWith({ ep_1: [[1]], ep_2: [[2]] });
  let under = 0;
  const failing: CallRpc = (name, args) =>
    name === "sesame_record_webhook_attempts"
      ? Promise.reject(new Error("down"))
      : call(name, args);
  const post: PostWebhook = async (message) => {
    under++;
    const result = await arriving(message);
    under--;
    return result;
  };
  await assert.rejects(sendWebhooks(failing, post, QUICK), { message: "down" });
  assert.equal(under, 0);
});

Deno.test("the route needs the secret key, and answers what was sent", async () => {
  const { call } = databaseWith({ ep_1: [[1]] });
  const handler = webhooks(
    { call, requireSecretKey: secretKey("sb_secret_1"), postWebhook: arriving },
    QUICK,
  );
  const asking = (apikey: string) =>
    new Request("http://localhost/health/webhooks", {
      method: "POST",
      headers: { apikey },
      body: "{}",
    });
  await assert.rejects(handler(asking("sb_publishable_1"), {}), { code: "secret_key_needed" });
  const line = {};
  const answer = await handler(asking("sb_secret_1"), line);
  assert.deepEqual(await answer.json(), { delivered: 1, failed: 0 });
  assert.deepEqual(line, { outcome: "done" });
});
