import "server-only";
import { headers } from "next/headers";

/** The language that the reader's browser prefers, such as `fr-CH`. */
export async function readerLanguage(): Promise<string> {
  const accepted = (await headers()).get("accept-language") ?? "";
  return /^[\w-]+/.exec(accepted)?.[0] ?? "";
}
