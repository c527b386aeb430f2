import { FunctionsHttpError, type SupabaseClient } from "@supabase/supabase-js";
import { Problem } from "../kit/problem.ts";

/** A token with which a module's own page and server know the member. */
export interface ModuleToken {
  token: string;
  /** The end of the token, a few minutes from now; a fresh one can be had at any time. */
  expires_at: string;
  access_level: string;
  /** Null: no limit. */
  uses_left: number | null;
}

/** What can be asked of the project's functions in a member's name. */
export interface Server {
  openModule(module: string): Promise<ModuleToken>;
  /** Answers where to pay; from there the member comes back to this page. */
  buy(wish: { module: string } | { price: string }): Promise<{ url: string }>;
  claim(module: string): Promise<void>;
  /** Answers where a subscription is changed or ended. */
  manage(): Promise<{ url: string }>;
  /** How a Checkout Session stands. */
  statusOf(sessionId: string): Promise<{ status: string }>;
}

/**
 * Speaks with the functions as whoever is signed in; every "no" is a `Problem`. Buyers come back to
 * `returnUrl`.
 */
export function server(
  supabase: SupabaseClient,
  returnUrl = location.origin + location.pathname,
): Server {
  async function ask<Answer>(path: string, body: Record<string, unknown>): Promise<Answer> {
    const { data, error } = await supabase.functions.invoke(path, { body });
    if (error instanceof FunctionsHttpError) throw await problemOf(error.context);
    if (error !== null) throw new Problem("unreachable");
    return data;
  }
  return {
    openModule: (module) => ask("module-token", { module }),
    buy: (wish) => ask("checkout", { ...wish, return_url: returnUrl }),
    async claim(module) {
      const { error } = await supabase.rpc("claim_free_module", { module });
      if (error !== null) throw new Problem(error.code);
    },
    manage: () => ask("checkout/portal", {}),
    statusOf: (sessionId) => ask("checkout/status", { session_id: sessionId }),
  };
}

async function problemOf(response: Response): Promise<Problem> {
  const { code, ...more } = await response.json().catch(() => ({}));
  return new Problem(code ?? "unknown", more);
}
