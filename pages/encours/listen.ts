import type { Client } from "./client.ts";

/** Receives what `listen` hears. */
export interface Listener {
  userId: string;
  /** The member's access has changed. */
  changed(): void;
  /** Whether Realtime is connected from now on. */
  connected(isConnected: boolean): void;
}

/**
 * Listens for changes of a member's access, on the private channel of that member. If a project has no
 * Realtime, the page tries once and disconnects.
 */
export function listen(supabase: Client, listener: Listener, signal: AbortSignal): void {
  const channel = supabase.channel(`user:${listener.userId}`, { config: { private: true } });
  let wasConnected = false;
  let isLeaving = false;

  function leave(): void {
    if (isLeaving) return; // removing the channel calls subscribe's callback again
    isLeaving = true;
    supabase.removeChannel(channel);
  }
  function giveUp(): void {
    leave();
    supabase.realtime.disconnect(); // otherwise the client reconnects for ever
  }
  channel.on("broadcast", { event: "access_changed" }, listener.changed);
  channel.subscribe((status) => {
    const isConnected = status === "SUBSCRIBED";
    wasConnected ||= isConnected;
    listener.connected(isConnected);
    if (!wasConnected) giveUp();
  });
  signal.addEventListener("abort", leave);
}
