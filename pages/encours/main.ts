import type { User } from "@supabase/supabase-js";
import { readConfig } from "../kit/config.ts";
import { closeDialogs } from "../kit/dialog.ts";
import { byId, h } from "../kit/html.ts";
import { connect } from "./client.ts";
import { memberPage } from "./member_page.ts";
import { clearMessages } from "../kit/notices.ts";
import { signInPage } from "./sign_in_page.ts";
import { wordsFor } from "./words/words.ts";

const words = wordsFor(navigator.language);
document.documentElement.lang = words.language;
document.title = words.title;

const config = await readConfig();
const supabase = connect(config);

let shownTo: string | null | undefined;
let leaving = new AbortController();

supabase.auth.onAuthStateChange((_event, session) => {
  const user = session?.user ?? null;
  if (shownTo !== (user?.id ?? null)) show(user); // a renewed session of the same user changes nothing
});

function show(user: User | null): void {
  const isFirst = shownTo === undefined;
  shownTo = user?.id ?? null;
  leaving.abort();
  leaving = new AbortController();
  clearMessages();
  closeDialogs();

  byId("header").replaceChildren(h("h1", {}, words.title), ...user === null ? [] : account(user));
  byId("main").replaceChildren(
    user === null ? signInPage(supabase, words) : memberPage(supabase, user.id, words, {
      signal: leaving.signal,
      functionsPrefix: config.functionsPrefix,
    }),
  );
  if (!isFirst) byId("main").focus(); // the element that had the focus is gone
}

function account({ email = "" }: User): HTMLElement[] {
  const signOut = h("button", { type: "button", className: "link" }, words.signOut);
  signOut.addEventListener("click", () => supabase.auth.signOut());
  return [h("p", { className: "account" }, h("span", {}, email), signOut)];
}
