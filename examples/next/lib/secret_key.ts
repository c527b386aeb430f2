import "server-only"; // the build fails if a browser script imports this file
import { required } from "./project.ts";

/** `sb_secret_…`, or the older service_role key. It allows everything, so it never leaves the server. */
export function secretKey(): string {
  const key = process.env.SUPABASE_SECRET_KEY || process.env.SUPABASE_SERVICE_ROLE_KEY;
  return required("SUPABASE_SECRET_KEY or SUPABASE_SERVICE_ROLE_KEY", key);
}
