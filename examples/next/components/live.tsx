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
  /** The member's modules as they are now; null: not read yet. */
  modules: Module[] | null;
  /** Reads them at once. */
  read(): void;
  /** Reads them every second for a while: a payment is about to arrive. */
  readOften(): void;
  /** Shows a message for a while. */
  say(text: string): void;
  /** Shows an error in the reader's language; null: removes it. */
  showError(error: unknown): void;
}

/** How long a message stays, in milliseconds. The page shows the same state. */
const SHOWN_FOR = 12_000;

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
 * Follows the member's access, by Realtime and by polling. There is one for the whole site: a channel that
 * is left and joined again on each page may stay silent.
 */
export function Live({ userId, language, children }: Props) {
  const [modules, setModules] = useState<Module[] | null>(null);
  const [notice, setNotice] = useState("");
  const [alert, setAlert] = useState("");
  const following = useRef<ReturnType<typeof follow>>(null);

  function say(text: string): void {
    setNotice((shown) => `${shown} ${text}`.trim()); // after the messages still shown
  }
  useEffect(() => {
    const hiding = setTimeout(() => setNotice(""), SHOWN_FOR);
    return () => clearTimeout(hiding);
  }, [notice]);

  function showError(error: unknown): void {
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
      if (isLost) showError(null);
      isLost = false;
    }
    function lost(error: unknown): void {
      isLost = true;
      showError(error);
    }
    // React's strict mode mounts twice in a row, and only the second mount may join the channel.
    const starting = setTimeout(() => {
      following.current = follow(browserClient(), { userId, seen, lost }, leaving.signal);
    });
    return () => {
      clearTimeout(starting);
      leaving.abort();
    };
  }, [userId, language]);

  const read = () => following.current?.now();
  const readOften = () => following.current?.readOften();
  return (
    <Context value={{ modules, read, readOften, say, showError }}>
      {children}
      <Notices notice={notice} alert={alert} />
    </Context>
  );
}
