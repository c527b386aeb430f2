"use client";

import { server } from "@pages/encours/server.ts";
import { forgetSession, paymentInWords, returnedFrom } from "@pages/encours/way_back.ts";
import { wordsFor } from "@pages/encours/words/words.ts";
import { codeOf } from "@pages/kit/problem.ts";
import { useEffect } from "react";
import { browserClient } from "@/lib/browser_client.ts";
import { useLive } from "./live.tsx";

/** Tells a buyer who comes back with `?session_id=…` how the payment stands. */
export function BackFromStripe({ language }: { language: string }) {
  const live = useLive();
  const isFollowing = live.modules !== null;

  async function welcomeBack(sessionId: string): Promise<void> {
    live.hurry();
    try {
      const ask = server(browserClient());
      live.say(await paymentInWords(ask, sessionId, wordsFor(language)));
      live.look();
    } catch (error) {
      live.complain(error);
      if (codeOf(error) !== "no_such_session") return; // a reload may ask once more
    }
    forgetSession();
  }
  useEffect(() => {
    const sessionId = returnedFrom(location.href);
    if (isFollowing && sessionId !== null) welcomeBack(sessionId);
  }, [isFollowing]); // once for each arrival
  return null;
}
