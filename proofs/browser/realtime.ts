/** Plays Realtime's side of a channel, because the local stack has no Realtime. */

import type { Page, WebSocketRoute } from "playwright-core";

/** A message in Realtime's format. */
type Message = [joinRef: string, ref: string, topic: string, event: string, payload: unknown];

/** A page that has joined a channel. */
export interface Joined {
  topic: string;
  isPrivate: boolean;
  announce(event: string): void;
}

/** Answers as Realtime would, until the page has joined. */
export function speakRealtime(page: Page): Promise<Joined> {
  const joined = Promise.withResolvers<Joined>();
  page.routeWebSocket("**/realtime/v1/websocket*", (socket) => {
    socket.onMessage((text) => {
      const [joinRef, ref, topic, event, payload] = JSON.parse(String(text)) as Message;
      send(socket, [joinRef, ref, topic, "phx_reply", { status: "ok", response: {} }]);
      if (event !== "phx_join") return;
      joined.resolve({
        topic,
        isPrivate: (payload as { config: { private: boolean } }).config.private,
        announce: (event) =>
          send(socket, ["", "", topic, "broadcast", { type: "broadcast", event, payload: {} }]),
      });
    });
  });
  return joined.promise;
}

function send(socket: WebSocketRoute, message: Message): void {
  socket.send(JSON.stringify(message.map((part) => part === "" ? null : part)));
}
