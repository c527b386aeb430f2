import type { SupabaseClient } from "@supabase/supabase-js";
import { listen } from "./listen.ts";
import { type Module, modulesOf, type Offer, readHoldings, readOffers } from "./modules.ts";
import { type Poll, poll } from "../kit/poll.ts";

/** Who wants to know. */
export interface Follower {
  userId: string;
  /** A member's modules, as they are at this moment. */
  seen(modules: Module[]): void;
  /** They cannot be read at this moment; the next look is on its way. */
  lost(error: unknown): void;
}

/** Keeps a member's modules in sight, until `signal`: by looking, and by being told. */
export function follow(supabase: SupabaseClient, follower: Follower, signal: AbortSignal): Poll {
  let offers: Offer[] | null = null;

  async function look(): Promise<void> {
    try {
      offers ??= await readOffers(supabase);
      const modules = modulesOf(offers, await readHoldings(supabase));
      if (!signal.aborted) follower.seen(modules);
    } catch (error) {
      if (!signal.aborted) follower.lost(error);
    }
  }
  const polling = poll(look, signal);
  const { userId } = follower;
  listen(supabase, { userId, changed: polling.now, hears: polling.told }, signal);
  return polling;
}
