/** The Stripe CLIs that listen: each has a session, and gets every event over a websocket. */

import { newId, sign } from "../../stripe/events.ts";
import type { Event } from "./objects.ts";

/** The path of the websocket. */
export const LISTENING = "/stripecli/subscribe";

/** The subprotocol that the CLI has to use. */
const PROTOCOL = "stripecli-devproxy-v1";

export interface Listeners {
  /** Signs their events: the same for every session, as in an account at Stripe. */
  secret: string;
  /** Adds a session; returns the id that the CLI connects with. */
  admit(): string;
  /** Answers the request for the websocket. */
  connect(request: Request): Response;
  /** Sends an event to all of them, signed; they forward it. */
  hear(event: Event): void;
  close(): void;
}

export function openListeners(): Listeners {
  const secret = `whsec_${newId("cli").slice(4)}`;
  const admitted = new Set<string>();
  const sockets = new Set<WebSocket>();

  async function send(event: Event): Promise<void> {
    const message = await messageOf(event, secret);
    for (const socket of sockets) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    }
  }

  return {
    secret,
    admit() {
      const id = newId("cliws");
      admitted.add(id);
      return id;
    },
    connect(request) {
      if (!admitted.has(request.headers.get("websocket-id") ?? "")) return refuse();
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: PROTOCOL });
      sockets.add(socket);
      socket.addEventListener("close", () => sockets.delete(socket));
      return response;
    },
    hear: (event) => void send(event),
    close() {
      for (const socket of sockets) socket.close();
    },
  };
}

/** The CLI requests another session when it reads this. */
function refuse(): Response {
  return Response.json({ error: { message: "Unknown WebSocket ID." } }, { status: 400 });
}

/** The delivery that the CLI makes instead of Stripe. */
async function messageOf(event: Event, secret: string): Promise<string> {
  const body = JSON.stringify(event, null, 2);
  return JSON.stringify({
    type: "webhook_event",
    webhook_id: newId("wh"),
    webhook_conversation_id: newId("wc"),
    endpoint: { api_version: null }, // in the account's own version
    event_payload: body,
    http_headers: {
      "Content-Type": "application/json; charset=utf-8",
      "Stripe-Signature": await sign(body, secret),
      "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    },
  });
}
