import { createClient } from "@supabase/supabase-js";
import type { Config } from "../kit/config.ts";

/** The project, as its customers reach it. */
export type Client = ReturnType<typeof connect>;

export function connect({ apiUrl, publishableKey, schema }: Config) {
  return createClient(apiUrl, publishableKey, {
    db: { schema },
    // Without PKCE a link can sign its reader in to another account, where they would buy for its owner.
    auth: { flowType: "pkce" },
  });
}
