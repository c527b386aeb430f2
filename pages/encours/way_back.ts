import type { Server } from "./server.ts";
import type { Words } from "./words/words.ts";

/** The Checkout Session that Stripe has just sent the member back from; null: they came another way. */
export function returnedFrom(address: string): string | null {
  return new URL(address).searchParams.get("session_id");
}

/** The state of the payment in words. The server asks Stripe if the event has not arrived yet. */
export async function paymentInWords(
  server: Server,
  sessionId: string,
  words: Words,
): Promise<string> {
  const { status } = await server.statusOf(sessionId);
  const { paid, processing, failed, unpaid } = words.wayBack;
  return { paid, processing, failed }[status] ?? unpaid;
}

/** Removes the session from the address, so that a reload does not ask again. */
export function forgetSession(): void {
  const address = new URL(location.href);
  address.searchParams.delete("session_id");
  history.replaceState(null, "", address);
}
