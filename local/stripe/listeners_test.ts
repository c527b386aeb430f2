import assert from "node:assert/strict";
import Stripe from "stripe";
import { until } from "../testing.ts";
import { KEY, open, type Scene } from "./testing.ts";

const PROTOCOL = "stripecli-devproxy-v1";

/** A session, as the CLI begins one. */
async function begin({ standIn }: Scene): Promise<Record<string, string>> {
  const response = await fetch(`${standIn.url}/v1/stripecli/sessions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}` },
    body: new URLSearchParams({ device_name: "laptop", "websocket_features[]": "webhooks" }),
  });
  assert.equal(response.status, 200);
  return await response.json();
}

/** Connects, as the CLI does; what arrives. */
async function connect(
  url: string,
  id: string,
): Promise<{ socket: WebSocket; received: string[] }> {
  const socket = new WebSocket(url, { protocols: [PROTOCOL], headers: { "websocket-id": id } });
  const received: string[] = [];
  socket.addEventListener("message", ({ data }) => received.push(data));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  return { socket, received };
}

Deno.test("every listener gets an event, signed with the secret of its session", async () => {
  await using scene = open();
  const sessions = [await begin(scene), await begin(scene)];
  assert.equal(sessions[0]?.secret, sessions[1]?.secret, "an account has one");
  const listeners = await Promise.all(
    sessions.map(({ websocket_url = "", websocket_id = "" }) =>
      connect(websocket_url, websocket_id)
    ),
  );
  await scene.stripe.customers.create({ name: "Ada" });
  for (const { received } of listeners) {
    await until(() => received.length === 1);
    const { type, event_payload, http_headers } = JSON.parse(received[0] ?? "");
    const event = await Stripe.webhooks.constructEventAsync(
      event_payload,
      http_headers["Stripe-Signature"],
      sessions[0]?.secret ?? "",
    );
    assert.deepEqual([type, event.type], ["webhook_event", "customer.created"]);
  }
  await Promise.all(listeners.map(({ socket }) =>
    new Promise((resolve) => {
      socket.addEventListener("close", resolve);
      socket.close();
    })
  ));
});

Deno.test("a listener without a session gets no event, and is asked to begin one", async () => {
  await using scene = open();
  const { websocket_url = "" } = await begin(scene);
  await assert.rejects(connect(websocket_url, "cliws_none"));
  const response = await fetch(websocket_url.replace("ws", "http"));
  assert.deepEqual(await response.json(), { error: { message: "Unknown WebSocket ID." } });
});
