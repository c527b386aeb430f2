import type { SupabaseClient } from "@supabase/supabase-js";

/** Who is told what. */
export interface Listener {
  userId: string;
  /** The member's access has changed. */
  changed(): void;
  /** Whether we hear of changes, as of now. */
  hears(isHearing: boolean): void;
}

/**
 * Has the project tell us when a member's access changes, by a broadcast on a channel that is his
 * alone. A project without Realtime is asked once and then left alone.
 */
export function listen(supabase: SupabaseClient, listener: Listener, signal: AbortSignal): void {
  const channel = supabase.channel(`user:${listener.userId}`, { config: { private: true } });
  let heardOnce = false;
  let isLeaving = false;

  function leave(): void {
    if (isLeaving) return; // leaving is itself a change of status
    isLeaving = true;
    supabase.removeChannel(channel);
  }
  function giveUp(): void {
    leave();
    supabase.realtime.disconnect(); // by itself it would knock for ever
  }
  channel.on("broadcast", { event: "access_changed" }, listener.changed);
  channel.subscribe((status) => {
    const isHearing = status === "SUBSCRIBED";
    heardOnce ||= isHearing;
    listener.hears(isHearing);
    if (!heardOnce) giveUp();
  });
  signal.addEventListener("abort", leave);
}
