import type { Client } from "./client.ts";
import { h } from "../kit/html.ts";
import { showError } from "../kit/notices.ts";
import { codeOf, Problem } from "../kit/problem.ts";
import type { Words } from "./words/words.ts";

/** The form for visitors who are signed out: the same two fields sign in and sign up. */
export function signInPage(supabase: Client, words: Words): HTMLElement {
  const email = h("input", {
    id: "email",
    type: "email",
    required: true,
    autocomplete: "username",
  });
  const password = h("input", {
    id: "password",
    type: "password",
    required: true,
    autocomplete: "current-password",
  });
  const hint = h("p", { role: "status" }, words.signedOut);
  const form = h(
    "form",
    { className: "sign-in" },
    hint,
    h("label", { htmlFor: "email" }, words.email),
    email,
    h("label", { htmlFor: "password" }, words.password),
    password,
    h(
      "div",
      { className: "actions" },
      h("button", { value: "in", className: "primary" }, words.signIn),
      h("button", { value: "up" }, words.signUp),
    ),
  );

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    const isNew = (event.submitter as HTMLButtonElement | null)?.value === "up";
    const credentials = { email: email.value, password: password.value };
    showError("");
    form.ariaBusy = "true";
    try {
      // On success supabase-js notifies main.ts, which shows the member's page.
      const isIn = await enter(supabase, credentials, isNew);
      if (!isIn) hint.textContent = words.confirmEmail;
    } catch (error) {
      showError(words.problems[codeOf(error)] ?? words.failed);
    }
    form.ariaBusy = "false";
  });
  return form;
}

type Credentials = { email: string; password: string };

/** False: Auth sent an e-mail with a link that leads back to this page, and waits for a click on it. */
async function enter(
  supabase: Client,
  credentials: Credentials,
  isNew: boolean,
): Promise<boolean> {
  const options = { emailRedirectTo: location.origin + location.pathname };
  const { data, error } = isNew
    ? await supabase.auth.signUp({ ...credentials, options })
    : await supabase.auth.signInWithPassword(credentials);
  if (error?.name === "AuthRetryableFetchError") throw new Problem("unreachable");
  if (error !== null) throw new Problem(error.code ?? "unknown");
  return data.session !== null;
}
