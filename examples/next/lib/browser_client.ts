import { createBrowserClient } from "@supabase/ssr";
import type { SupabaseClient } from "@supabase/supabase-js";
import { projectUrl, publishableKey } from "./project.ts";

/** Supabase as the member of this browser; always the same client. Its session is kept in cookies. */
export function browserClient(): SupabaseClient {
  return createBrowserClient(projectUrl(), publishableKey());
}
