import type { Client } from "./client.ts";
import { listen } from "./listen.ts";
import { type Module, modulesOf, type Offer, readHoldings, readOffers } from "./modules.ts";
import { type Poll, poll } from "../kit/poll.ts";
import { type ListedPrice, readPrices } from "./prices.ts";

/** Receives what `follow` reads. */
export interface Follower {
  userId: string;
  /** Gets the member's modules as they are now. */
  seen(modules: Module[]): void;
  /** Gets the error when they cannot be read. `follow` tries again by itself. */
  lost(error: unknown): void;
}

/** Follows a member's modules until `signal` aborts, by polling and by Realtime. */
export function follow(supabase: Client, follower: Follower, signal: AbortSignal): Poll {
  let offers: Offer[] | null = null;
  let prices: ListedPrice[] | null = null;

  async function read(): Promise<void> {
    try {
      offers ??= await readOffers(supabase);
      prices ??= await readPrices(supabase);
      const modules = modulesOf(offers, await readHoldings(supabase), prices);
      if (!signal.aborted) follower.seen(modules);
    } catch (error) {
      if (!signal.aborted) follower.lost(error);
    }
  }
  const polling = poll(read, signal);
  const { userId } = follower;
  listen(supabase, { userId, changed: polling.now, connected: polling.pushed }, signal);
  return polling;
}
