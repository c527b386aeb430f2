import { FunctionsHttpError } from "@supabase/supabase-js";
import type { Client } from "./client.ts";
import { Problem } from "../kit/problem.ts";

/** A token that identifies the member to the module's own page and server. */
export interface ModuleToken {
  token: string;
  /** The end of the token, a few minutes from now. A new one can be requested at any time. */
  expires_at: string;
  access_level: string;
  /** Null: no limit. */
  uses_left: number | null;
}

/** What the page asks of the project's functions for the member. */
export interface Server {
  openModule(module: string): Promise<ModuleToken>;
  /** Resolves to the address of the payment page, which leads back to this page. */
  buy(request: { module: string } | { price: string }): Promise<{ url: string }>;
  claim(module: string): Promise<void>;
  /** Resolves to the address where a subscription is changed or ended. */
  manage(): Promise<{ url: string }>;
  /** The status of a Checkout Session. */
  statusOf(sessionId: string): Promise<{ status: string }>;
}

export interface ServerOptions {
  /** What the names of the functions begin with; default nothing. */
  functionsPrefix?: string;
  /** Where Stripe sends buyers back to; default this page. */
  returnUrl?: string;
}

/** Calls the functions as the signed-in member. A refusal is thrown as a `Problem`. */
export function server(
  supabase: Client,
  { functionsPrefix = "", returnUrl = location.origin + location.pathname }: ServerOptions = {},
): Server {
  async function ask<Answer>(path: string, body: Record<string, unknown>): Promise<Answer> {
    const { data, error } = await supabase.functions.invoke(functionsPrefix + path, { body });
    if (error instanceof FunctionsHttpError) throw await problemOf(error.context);
    if (error !== null) throw new Problem("unreachable");
    return data;
  }
  return {
    openModule: (module) => ask("module-token", { module }),
    buy: (request) => ask("checkout", { ...request, return_url: returnUrl }),
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
