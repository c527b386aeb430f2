import type { SupabaseClient } from "@supabase/supabase-js";
import { changesInWords } from "./changes_in_words.ts";
import { deeds } from "./deeds.ts";
import { follow } from "./follow.ts";
import type { Action } from "./module_in_words.ts";
import type { Module } from "./modules.ts";
import { alarm, notice } from "../kit/notices.ts";
import { codeOf } from "../kit/problem.ts";
import { server } from "./server.ts";
import { shelf } from "./shelf.ts";
import { forgetSession, paymentInWords, returnedFrom } from "./way_back.ts";
import type { Words } from "./words/words.ts";

/** What a member sees: his modules as they are at this moment, until `signal` ends it. */
export function memberPage(
  supabase: SupabaseClient,
  userId: string,
  words: Words,
  signal: AbortSignal,
): HTMLElement {
  const ask = server(supabase);
  const doing = deeds(ask, words);
  const { element, show } = shelf(words, perform);
  const following = follow(supabase, { userId, seen, lost }, signal);
  let former: Module[] | null = null;
  let isLost = false;

  function seen(modules: Module[]): void {
    const news = changesInWords(former ?? modules, modules, words);
    if (news !== "") notice(news);
    show(former = modules);
    if (isLost) alarm("");
    isLost = false;
  }

  function lost(error: unknown): void {
    isLost = true;
    complain(error);
  }

  async function perform(action: Action, module: Module): Promise<void> {
    alarm("");
    await doing[action](module).catch(complain);
    following.now(); // it has changed something, or what we showed was out of date
  }

  async function welcomeBack(sessionId: string): Promise<void> {
    following.hurry();
    try {
      notice(await paymentInWords(ask, sessionId, words));
      following.now();
    } catch (error) {
      complain(error);
      if (codeOf(error) !== "no_such_session") return; // a reload may ask once more
    }
    forgetSession();
  }

  function complain(error: unknown): void {
    alarm(words.problems[codeOf(error)] ?? words.failed);
  }

  const sessionId = returnedFrom(location.href);
  if (sessionId !== null) welcomeBack(sessionId);
  return element;
}
