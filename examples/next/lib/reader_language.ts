import "server-only";
import { headers } from "next/headers";

/** The language that the reader's browser likes best, `fr-CH` for one. */
export async function readerLanguage(): Promise<string> {
  const accepted = (await headers()).get("accept-language") ?? "";
  return /^[\w-]+/.exec(accepted)?.[0] ?? "";
}
