import "server-only";
import { cache } from "react";
import { serverClient } from "./server_client.ts";

export interface Member {
  id: string;
  email: string;
}

/** The member who requests this page; null: not signed in. Read once for each request. */
export const currentMember = cache(async (): Promise<Member | null> => {
  const supabase = await serverClient();
  const { data, error } = await supabase.auth.getClaims(); // verified, unlike getSession()
  if (error?.name === "AuthRetryableFetchError") throw error; // Auth is down, which does not mean signed out
  if (data === null) return null;
  return { id: data.claims.sub, email: data.claims.email ?? "" };
});
