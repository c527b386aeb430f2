"use client";

import { server } from "@pages/encours/server.ts";
import { forgetSession, paymentInWords, returnedFrom } from "@pages/encours/way_back.ts";
import { wordsFor } from "@pages/encours/words/words.ts";
import { codeOf } from "@pages/kit/problem.ts";
import { useEffect } from "react";
import { browserClient } from "@/lib/browser_client.ts";
import { useLive } from "./live.tsx";

/** Shows a buyer who comes back with `?session_id=…` the state of the payment. */
export function BackFromStripe({ language }: { language: string }) {
  const live = useLive();
  const isFollowing = live.modules !== null;

  async function showPayment(sessionId: string): Promise<void> {
    live.readOften();
    try {
      const ask = server(browserClient());
      live.say(await paymentInWords(ask, sessionId, wordsFor(language)));
      live.read();
    } catch (error) {
      live.showError(error);
      if (codeOf(error) !== "no_such_session") return; // keep the id, so that a reload asks again
    }
    forgetSession();
  }
  useEffect(() => {
    const sessionId = returnedFrom(location.href);
    if (isFollowing && sessionId !== null) showPayment(sessionId);
  }, [isFollowing]); // once for each arrival
  return null;
}
