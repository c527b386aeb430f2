import type { Client } from "./client.ts";
import { changesInWords } from "./changes_in_words.ts";
import { moduleActions } from "./actions.ts";
import { follow } from "./follow.ts";
import type { Action } from "./module_in_words.ts";
import type { Module } from "./modules.ts";
import { notice, showError } from "../kit/notices.ts";
import { codeOf } from "../kit/problem.ts";
import { server } from "./server.ts";
import { moduleList } from "./module_list.ts";
import { forgetSession, paymentInWords, returnedFrom } from "./way_back.ts";
import type { Words } from "./words/words.ts";

/** The page of a signed-in member: their modules as they are now, until `signal` aborts. */
export function memberPage(
  supabase: Client,
  userId: string,
  words: Words,
  { signal, functionsPrefix }: { signal: AbortSignal; functionsPrefix: string },
): HTMLElement {
  const ask = server(supabase, { functionsPrefix });
  const actions = moduleActions(ask, words);
  const { element, show } = moduleList(words, perform);
  const following = follow(supabase, { userId, seen, lost }, signal);
  let former: Module[] | null = null;
  let isLost = false;

  function seen(modules: Module[]): void {
    const news = changesInWords(former ?? modules, modules, words);
    if (news !== "") notice(news);
    show(former = modules);
    if (isLost) showError("");
    isLost = false;
  }

  function lost(error: unknown): void {
    isLost = true;
    explainError(error);
  }

  async function perform(action: Action, module: Module): Promise<void> {
    showError("");
    await actions[action](module).catch(explainError);
    following.now(); // the action changed something, or the page was out of date
  }

  async function showPayment(sessionId: string): Promise<void> {
    following.readOften();
    try {
      notice(await paymentInWords(ask, sessionId, words));
      following.now();
    } catch (error) {
      explainError(error);
      if (codeOf(error) !== "no_such_session") return; // keep the id, so that a reload asks again
    }
    forgetSession();
  }

  function explainError(error: unknown): void {
    showError(words.problems[codeOf(error)] ?? words.failed);
  }

  const sessionId = returnedFrom(location.href);
  if (sessionId !== null) showPayment(sessionId);
  return element;
}
