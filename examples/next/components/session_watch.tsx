"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { browserClient } from "@/lib/browser_client.ts";

/**
 * Lets the server render the page again if another user is signed in than it was rendered for: after the form,
 * after the link in an e-mail, and when another tab signs in or out.
 */
export function SessionWatch({ userId }: { userId: string | null }) {
  const router = useRouter();
  useEffect(() => {
    const { data } = browserClient().auth.onAuthStateChange((_event, session) => {
      if ((session?.user.id ?? null) !== userId) router.refresh();
    });
    return () => data.subscription.unsubscribe();
  }, [router, userId]);
  return null;
}
