import "server-only";
import { createServerClient } from "@supabase/ssr";
import type { SupabaseClient } from "@supabase/supabase-js";
import { cookies } from "next/headers";
import { projectUrl, publishableKey } from "./project.ts";

/** Supabase as the member who requests this page; row level security applies. New for each request. */
export async function serverClient(): Promise<SupabaseClient> {
  const store = await cookies();
  return createServerClient(projectUrl(), publishableKey(), {
    cookies: {
      getAll: () => store.getAll(),
      setAll() {}, // a page cannot set cookies: proxy.ts has already renewed the session
    },
  });
}
