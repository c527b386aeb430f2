"use client";

import { wordsFor } from "@pages/encours/words/words.ts";
import { codeOf, Problem } from "@pages/kit/problem.ts";
import { type SubmitEvent, useState } from "react";
import { browserClient } from "@/lib/browser_client.ts";
import { Notices } from "./notices.tsx";
import { useReady } from "./use_ready.ts";

/** The form for people who are signed out. The same two fields sign in and sign up. */
export function SignIn({ language, hint }: { language: string; hint: string }) {
  const words = wordsFor(language);
  const isReady = useReady();
  const [message, setMessage] = useState(hint);
  const [alert, setAlert] = useState("");
  const [isBusy, setBusy] = useState(false);

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    const fields = new FormData(event.currentTarget);
    const isNew = (event.nativeEvent.submitter as HTMLButtonElement | null)?.value === "up";
    setAlert("");
    setBusy(true);
    try {
      // On success SessionWatch refreshes the page.
      const isIn = await enter(String(fields.get("email")), String(fields.get("password")), isNew);
      if (!isIn) setMessage(words.confirmEmail);
    } catch (error) {
      setAlert(words.problems[codeOf(error)] ?? words.failed);
    }
    setBusy(false);
  }
  return (
    <>
      <form className="sign-in" method="post" onSubmit={submit} aria-busy={isBusy}>
        <p role="status">{message}</p>
        <label htmlFor="email">{words.email}</label>
        <input id="email" name="email" type="email" autoComplete="username" required />
        <label htmlFor="password">{words.password}</label>
        <input
          id="password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <div className="actions">
          <button type="submit" value="in" className="primary" disabled={!isReady}>
            {words.signIn}
          </button>
          <button type="submit" value="up" disabled={!isReady}>{words.signUp}</button>
        </div>
      </form>
      <Notices notice="" alert={alert} />
    </>
  );
}

/** False: Auth sent an e-mail with a link that leads back here, and waits for a click on it. */
async function enter(email: string, password: string, isNew: boolean): Promise<boolean> {
  const { auth } = browserClient();
  const options = { emailRedirectTo: location.origin + location.pathname };
  const { data, error } = isNew
    ? await auth.signUp({ email, password, options })
    : await auth.signInWithPassword({ email, password });
  if (error?.name === "AuthRetryableFetchError") throw new Problem("unreachable");
  if (error !== null) throw new Problem(error.code ?? "unknown");
  return data.session !== null;
}
