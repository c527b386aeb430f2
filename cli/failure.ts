/** The lines that a user sees for an error: what happened and what to do, without a stack trace or a secret. */

import { messageOf, UserError } from "../local/terminal.ts";
import { Misconfigured } from "../supabase/functions/_shared/env.ts";

/** Set to 1, it shows where an unexpected error comes from. */
const DEBUG = "SESAME_DEBUG";

export function failureInWords(error: unknown, isDebugging = debugs()): string[] {
  const trace = isDebugging ? withoutSecrets(Deno.inspect(error)).split("\n") : [];
  return [...linesOf(error), ...trace];
}

function linesOf(error: unknown): string[] {
  if (error instanceof UserError) return withoutSecrets(error.message).split("\n");
  if (error instanceof Misconfigured) return [withoutSecrets(error.problems.join("; "))];
  const known = networkFailure(error);
  if (known !== null) return [known];
  const message = withoutSecrets(messageOf(error)).split("\n")[0] ?? "";
  return [
    `Unexpected error: ${message}. To see where it comes from, set ${DEBUG} to 1 and run it again.`,
  ];
}

/** The errors of Node's sockets and of Postgres for a wrong address or password. */
const DATABASE_CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "no database listens there",
  ENOTFOUND: "there is no such host",
  ETIMEDOUT: "it did not answer in time",
  CONNECT_TIMEOUT: "it did not answer in time",
  CONNECTION_CLOSED: "it closed the connection",
  CONNECTION_DESTROYED: "it closed the connection",
  "28P01": "the password is wrong",
  "28000": "the role may not sign in",
  "3D000": "there is no such database",
  "57P03": "it is starting up",
};

function networkFailure(error: unknown): string | null {
  const { code } = error as { code?: unknown };
  const reason = DATABASE_CODES[String(code)];
  if (reason !== undefined) {
    return `The database cannot be reached: ${reason} (${code}). Check SUPABASE_DB_URL.`;
  }
  const { cause } = error as { cause?: unknown };
  const said = `${messageOf(error)} ${messageOf(cause)}`;
  const origin = /error sending request for url \((https?:\/\/[^/)]+)/.exec(said)?.[1];
  if (origin === undefined) return null;
  return `${origin} cannot be reached. Check the URL, and whether it runs.`;
}

/** Texts with the prefix of a key or token, and the password in a connection string. */
const SECRET =
  /\b(?:sb_secret_|[sr]k_(?:test|live)_|whsec_|sbp_|eyJ)[\w.-]+|(?<=\w:\/\/[^\s:/@]*:)[^\s@]+(?=@)/g;

export function withoutSecrets(text: string): string {
  return text.replaceAll(SECRET, "…");
}

function debugs(): boolean {
  return Deno.env.get(DEBUG) === "1";
}
