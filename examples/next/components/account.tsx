"use client";

import { wordsFor } from "@pages/encours/words/words.ts";
import { browserClient } from "@/lib/browser_client.ts";
import { useReady } from "./use_ready.ts";

/** Who is signed in, and the way out. */
export function Account({ email, language }: { email: string; language: string }) {
  const isReady = useReady();
  // What follows is shown by SessionWatch. Other devices stay signed in.
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
