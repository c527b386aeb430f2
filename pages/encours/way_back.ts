import type { Server } from "./server.ts";
import type { Words } from "./words/words.ts";

/** The Checkout Session from which Stripe has just sent the member back; null: he came otherwise. */
export function returnedFrom(address: string): string | null {
  return new URL(address).searchParams.get("session_id");
}

/** How the payment stands, in words. The server asks Stripe itself where no event has come yet. */
export async function paymentInWords(
  server: Server,
  sessionId: string,
  words: Words,
): Promise<string> {
  const { status } = await server.statusOf(sessionId);
  const { paid, processing, failed, unpaid } = words.wayBack;
  return { paid, processing, failed }[status] ?? unpaid;
}

/** The same address without the session: a reload has nothing to ask again. */
export function forgetSession(): void {
  const address = new URL(location.href);
  address.searchParams.delete("session_id");
  history.replaceState(null, "", address);
}
