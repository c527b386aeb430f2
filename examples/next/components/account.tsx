"use client";

import { wordsFor } from "@pages/encours/words/words.ts";
import { browserClient } from "@/lib/browser_client.ts";
import { useReady } from "./use_ready.ts";

/** The member's address, and a button to sign out. */
export function Account({ email, language }: { email: string; language: string }) {
  const isReady = useReady();
  // SessionWatch refreshes the page afterwards. Other devices stay signed in.
  const signOut = () => browserClient().auth.signOut({ scope: "local" });
  return (
    <p className="account">
      <span>{email}</span>
      <button type="button" className="link" disabled={!isReady} onClick={signOut}>
        {wordsFor(language).signOut}
      </button>
    </p>
  );
}
