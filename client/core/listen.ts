import type { AnySupabaseClient } from "./project.ts";

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
 * Realtime, it tries once and leaves: the caller polls anyway.
 */
export function listen(
  supabase: AnySupabaseClient,
  listener: Listener,
  signal: AbortSignal,
): void {
  const topic = `user:${listener.userId}`;
  // A channel with this name is shared. One that the app opened itself must not be closed here.
  if (supabase.getChannels().some((channel) => channel.topic === `realtime:${topic}`)) return;
  try {
    join(supabase, topic, listener, signal);
  } catch {
    // There is no WebSocket here, as in Node 20.
  }
}

function join(
  supabase: AnySupabaseClient,
  topic: string,
  { changed, connected }: Listener,
  signal: AbortSignal,
): void {
  const channel = supabase.channel(topic, { config: { private: true } });
  let wasConnected = false;
  let isLeaving = false;

  function leave(): void {
    if (isLeaving) return; // removing the channel calls subscribe's callback again
    isLeaving = true;
    supabase.removeChannel(channel);
  }
  function giveUp(): void {
    leave();
    const isOnlyOne = supabase.getChannels().every((other) => other === channel);
    if (isOnlyOne) supabase.realtime.disconnect(); // otherwise the client reconnects for ever
  }
  signal.addEventListener("abort", leave);
  channel.on("broadcast", { event: "access_changed" }, changed);
  channel.subscribe((status) => {
    const isConnected = status === "SUBSCRIBED";
    wasConnected ||= isConnected;
    connected(isConnected);
    if (!wasConnected) giveUp();
  });
}
