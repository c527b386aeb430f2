/**
 * The list of all kinds of objects that Sesame knows. Everything by kind is derived from it:
 * translating, reading from Stripe, rebuilding, and reporting words that are not known.
 *
 * A new kind needs changes in these places. The check that finds a forgotten place is in brackets.
 *
 * 1. `facts/<kind>.ts`: its descriptor, with its test beside it. [the compiler]
 * 2. `LISTED` below: one line. If `SILENT` names the kind, remove that line. [kinds_test.ts]
 * 3. `stripe/needed_events.ts`: the events that say something new. [nothing: it is a decision]
 * 4. `docs/operations.md`: the same events in the line for the endpoint. [needed_events_test.ts]
 * 5. `proofs/reference/event_words.ts` and `events_page.ts`: what its events do. [the compiler]
 * 6. `supabase/migrations`: a chapter with the table and its `merge_…` function.
 *    [proofs/house/kinds_test.ts]
 * 7. `supabase/migrations`: the lists of kinds, in the chapters kinds, apply_events, dependents,
 *    dependents_of, named_person and erase_facts. A kind that names a user, opens a module or is
 *    read again is in more of them. One that decides no access, such as a product, is only in
 *    apply_events. [supabase/tests/house_rules.sql]
 * 8. `proofs/converge/model/objects.ts`: how its facts merge. [model/kinds_test.ts]
 * 9. `proofs/converge/scenarios`: a story that speaks of it. [model/kinds_test.ts]
 *
 * Then run `deno task reference`.
 *
 * A new event of a known kind takes places 3 and 4, and a sentence in `event_words.ts`.
 *
 * @module
 */

import { charge } from "./charge.ts";
import { checkoutSession } from "./checkout_session.ts";
import { customer } from "./customer.ts";
import { dispute } from "./dispute.ts";
import { invoice } from "./invoice.ts";
import { invoicePayment } from "./invoice_payment.ts";
import type { Kind } from "./kind.ts";
import { paymentIntent } from "./payment_intent.ts";
import { price } from "./price.ts";
import { priceListing } from "./price_listing.ts";
import { product } from "./product.ts";
import { refund } from "./refund.ts";
import { subscription } from "./subscription.ts";

/**
 * In the order of a rebuild: objects that close access come before objects that open it. So a refunded
 * purchase is never open in between.
 */
const LISTED = [
  customer,
  refund,
  dispute,
  charge,
  paymentIntent,
  invoicePayment,
  invoice,
  subscription,
  checkoutSession,
  price,
  priceListing,
  product,
] as const;

/**
 * What one event says of one Stripe object: a small closed union.
 *
 * `translate()` is the only place that reads Stripe's JSON. Everything after it speaks of facts: the
 * RPC, the tables of schema `sesame`, the derivation of access. Field names are the column names of
 * the table that a fact merges into. Amounts are in the currency's smallest unit. Times are Unix
 * seconds. `null` means "this event does not say".
 *
 * `user_ref` and `module_ref` are what the site wrote in the object's own `metadata.user_id` and
 * `metadata.module_id`. Postgres decides whether they name a user or a module.
 */
export type Fact = NonNullable<ReturnType<(typeof LISTED)[number]["read"]>>;

/** A listed kind. Objects inside it must be of a listed kind too, or this does not compile. */
export type FactKind = Kind<Fact, Fact>;

export const KINDS: readonly FactKind[] = LISTED;

/** Types that were considered and give no fact, each with the reason. Unknown ones give none too. */
export const SILENT = {
  "account.": "what an account may do, not what is sold",
  "credit_note.": "its money arrives as a refund",
  "customer.": "cards, sources, discounts, tax ids: how customers pay, not who they are",
  "entitlements.": "Stripe's own catalogue of features; ours is module_prices",
  "invoice.upcoming": "a preview of an invoice, not one yet",
  "invoiceitem.": "nothing is sold before an invoice has it",
  "radar.": "a warning moves no money; a dispute does",
  "review.": "a warning moves no money; a refund does",
  "setup_intent.": "keeps a card for later and sells nothing",
  "subscription_schedule.": "a phase that begins updates its subscription",
} as const satisfies Record<string, string>;

const BY_EVENT = kindsByEvent();

/** The kind of fact that an event of this type gives; null: none. */
export function kindOf(type: string): FactKind | null {
  return BY_EVENT.find(([start]) => type.startsWith(start))?.[1] ?? null;
}

/** How types of events begin, the longest first. */
function kindsByEvent(): [start: string, kind: FactKind | null][] {
  const speaking = KINDS.flatMap((kind) =>
    (kind.events ?? [`${kind.head}.`]).map((start): [string, FactKind] => [start, kind])
  );
  const silent = Object.keys(SILENT).map((start): [string, null] => [start, null]);
  return [...speaking, ...silent].sort(([one], [other]) => other.length - one.length);
}
