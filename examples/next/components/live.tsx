"use client";

import { changesInWords } from "@pages/encours/changes_in_words.ts";
import { follow } from "@pages/encours/follow.ts";
import type { Module } from "@pages/encours/modules.ts";
import { wordsFor } from "@pages/encours/words/words.ts";
import { codeOf } from "@pages/kit/problem.ts";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import { browserClient } from "@/lib/browser_client.ts";
import { Notices } from "./notices.tsx";

/** What every page of a signed-in member can use. */
export interface Live {
  /** The member's modules, as they are at this moment; null: not read yet. */
  modules: Module[] | null;
  /** Looks at once. */
  look(): void;
  /** Looks every second for a while: a payment is about to arrive. */
  hurry(): void;
  say(text: string): void;
  /** Says in words what went wrong; null: it is over. */
  complain(error: unknown): void;
}

/** Long enough to be read, in milliseconds; what matters stands on the page too. */
const IN_PASSING = 12_000;

const Context = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(Context);
  if (live === null) throw new Error("useLive() needs <Live> around it");
  return live;
}

interface Props {
  userId: string;
  language: string;
  children: ReactNode;
}

/**
 * Follows the member's access, by Realtime where the project has it and by asking otherwise. There
 * is one for the whole site: a channel that is left and joined again at each page may stay silent.
 */
export function Live({ userId, language, children }: Props) {
  const [modules, setModules] = useState<Module[] | null>(null);
  const [notice, setNotice] = useState("");
  const [alert, setAlert] = useState("");
  const following = useRef<ReturnType<typeof follow>>(null);

  function say(text: string): void {
    setNotice((saying) => `${saying} ${text}`.trim()); // after what is still being said
  }
  useEffect(() => {
    const passing = setTimeout(() => setNotice(""), IN_PASSING);
    return () => clearTimeout(passing);
  }, [notice]);

  function complain(error: unknown): void {
    const words = wordsFor(language);
    setAlert(error === null ? "" : words.problems[codeOf(error)] ?? words.failed);
  }
  useEffect(() => {
    const leaving = new AbortController();
    let former: Module[] | null = null;
    let isLost = false;

    function seen(now: Module[]): void {
      const news = changesInWords(former ?? now, now, wordsFor(language));
      if (news !== "") say(news);
      setModules(former = now);
      if (isLost) complain(null);
      isLost = false;
    }
    function lost(error: unknown): void {
      isLost = true;
      complain(error);
    }
    // React's strict mode mounts twice in a row: only the second time may join the channel.
    const starting = setTimeout(() => {
      following.current = follow(browserClient(), { userId, seen, lost }, leaving.signal);
    });
    return () => {
      clearTimeout(starting);
      leaving.abort();
    };
  }, [userId, language]);

  const look = () => following.current?.now();
  const hurry = () => following.current?.hurry();
  return (
    <Context value={{ modules, look, hurry, say, complain }}>
      {children}
      <Notices notice={notice} alert={alert} />
    </Context>
  );
}
