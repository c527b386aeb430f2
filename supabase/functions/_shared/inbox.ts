import { type Envelope, envelope } from "./facts/envelope.ts";
import { translate } from "./facts/translate.ts";
import type { InboxEvent } from "./inbox_event.ts";
import { Refusal } from "./problem.ts";

/** An event as text and parsed: signed by Stripe, or read from Stripe. */
export interface Verified {
  text: string;
  event: unknown;
}

/** The events that have an effect here: this mode, these accounts. */
export interface Ours {
  livemode: boolean;
  /** Connected accounts whose events count as our own. */
  accounts: ReadonlySet<string>;
}

/** Turns a verified body into an inbox event. Throws only `not_an_event`. */
export function toInboxEvent(
  { text, event }: Verified,
  ours: Ours,
  factsOf: typeof translate = translate,
): InboxEvent {
  const about = envelope(event);
  if (about === null) throw new Refusal("not_an_event");

  const kept = { ...about, payload: text, facts: [], quarantine: null, error: null };
  const quarantine = quarantineOf(about, ours);
  if (quarantine !== null) return { ...kept, quarantine };
  try {
    return { ...kept, facts: factsOf(event) };
  } catch {
    // The event is kept. It can be replayed once the translation is fixed.
    return { ...kept, error: "untranslatable" };
  }
}

function quarantineOf({ livemode, account }: Envelope, ours: Ours): InboxEvent["quarantine"] {
  if (livemode !== ours.livemode) return "wrong_mode";
  return account === null || ours.accounts.has(account) ? null : "foreign_account";
}
