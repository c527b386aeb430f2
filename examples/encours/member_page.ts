import type { SupabaseClient } from "@supabase/supabase-js";
import { changes } from "./changes.ts";
import { listen } from "./listen.ts";
import type { Action } from "./module_in_words.ts";
import { type Module, modulesOf, type Offer, readHoldings, readOffers } from "./modules.ts";
import { alarm, notice } from "./notices.ts";
import { poll } from "./poll.ts";
import { type Choice, choosePrice } from "./price_dialog.ts";
import { codeOf, Problem } from "./problem.ts";
import { server } from "./server.ts";
import { shelf } from "./shelf.ts";
import { tokenDialog } from "./token_dialog.ts";
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
  const { element, show } = shelf(words, perform);
  let offers: Offer[] | null = null;
  let seen: Module[] | null = null;
  let isLost = false;

  async function look(): Promise<void> {
    try {
      offers ??= await readOffers(supabase);
      const modules = modulesOf(offers, await readHoldings(supabase));
      if (signal.aborted) return;
      tell(seen ?? modules, modules);
      show(seen = modules);
      if (isLost) alarm("");
      isLost = false;
    } catch (error) {
      isLost = true;
      complain(error);
    }
  }

  function tell(before: Module[], after: Module[]): void {
    const { opened, closed } = changes(before, after);
    const news = [
      ...opened.map(({ title }) => words.hasOpened(title)),
      ...closed.map(({ title }) => words.hasClosed(title)),
    ];
    if (news.length > 0) notice(news.join(" "));
  }

  async function perform(action: Action, module: Module): Promise<void> {
    alarm("");
    try {
      await DEEDS[action](module);
    } catch (error) {
      complain(error);
      polling.now(); // what we showed may be out of date
    }
  }
  const DEEDS: Record<Action, (module: Module) => Promise<void>> = {
    async open({ slug, title }) {
      tokenDialog(title, await ask.openModule(slug), words);
    },
    async claim({ slug }) {
      await ask.claim(slug);
      polling.now();
    },
    async manage() {
      location.assign((await ask.manage()).url);
    },
    buy,
  };

  async function buy({ slug, title }: Module): Promise<void> {
    try {
      location.assign((await ask.buy({ module: slug })).url);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "choose_price") throw error;
      const price = await choosePrice(title, error.more.prices as Choice[], words);
      if (price !== null) location.assign((await ask.buy({ price })).url);
    }
  }

  async function welcomeBack(sessionId: string): Promise<void> {
    polling.hurry();
    try {
      notice(await paymentInWords(ask, sessionId, words));
      polling.now();
    } catch (error) {
      complain(error);
      if (codeOf(error) !== "no_such_session") return; // a reload may ask once more
    }
    forgetSession();
  }

  function complain(error: unknown): void {
    alarm(words.problems[codeOf(error)] ?? words.failed);
  }

  const polling = poll(look, signal);
  listen(supabase, { userId, changed: polling.now, hears: polling.told }, signal);
  const sessionId = returnedFrom(location.href);
  if (sessionId !== null) welcomeBack(sessionId);
  return element;
}
