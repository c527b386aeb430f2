/** Subscriptions: the status decides whether a module is open, the item's period until when (P3 to P5, 5.2, 5.3). */

import type { SubscriptionItem } from "../../../supabase/functions/_shared/facts/subscription.ts";
import { buyerOfSubscription, sessionOf } from "./buyers.ts";
import { isUnmapped, soldModules } from "./catalogue.ts";
import { graceEnd } from "./grace.ts";
import type { Opening } from "./item_lines.ts";
import type { Known } from "./known.ts";
import type { Subscription } from "./objects.ts";
import { type PaidPeriod, paidPeriod } from "./paid_period.ts";
import { closedFor, type Source } from "./source.ts";

/** Why a subscription in this status is closed; absent: it is open. */
const CLOSED: Record<string, string> = {
  incomplete: "pending_payment",
  incomplete_expired: "canceled",
  canceled: "canceled",
  unpaid: "unpaid",
  paused: "paused",
  unknown: "unknown_status",
};

/** The sources of all subscriptions: one for each module of each item. */
export function subscriptionSources(known: Known): Source[] {
  return [...known.subscriptions.values()].flatMap((subscription) => {
    const who = buyerOfSubscription(known, subscription);
    return openingsOf(known, subscription)
      .map((opening) => ({ ...sourceFor(known, opening), ...who }));
  });
}

/** 5.6: the price of an item decides. Metadata names the module of an item with an unmapped price. */
function openingsOf(known: Known, subscription: Subscription): Opening[] {
  const items = subscription.snapshot.items.filter(({ quantity }) => quantity > 0);
  const moduleRef = subscription.moduleRef ?? sessionOf(known, subscription.id)?.moduleRef ?? null;
  const prices = items.map(({ price_id }) => price_id);
  return soldModules(known.catalogue, prices, moduleRef).flatMap(({ module, priceId }) =>
    items
      .filter(({ price_id }) =>
        priceId === null ? isUnmapped(known.catalogue, price_id) : price_id === priceId
      )
      .map((item) => ({ subscription, item, module, isByMetadata: priceId === null }))
  );
}

function sourceFor(known: Known, opening: Opening): Source {
  const { subscription, item, module } = opening;
  const period = paidPeriod(known, opening);
  const closed = closedBy(known, subscription, period);
  if (closed !== null) return closedFor(subscription.id, null, module, closed);

  const usual = endOf(known, subscription, item);
  const isLate = subscription.snapshot.status === "past_due";
  const grace = isLate ? graceEnd(known, opening) ?? Infinity : Infinity;
  // If only older invoices pay, the access ends with them, without renewal grace.
  const kept = period.block === null ? Infinity : period.until ?? Infinity;
  const expiresAt = Math.min(usual, grace, kept);
  return {
    id: subscription.id,
    userRef: null,
    module,
    reason: "subscription",
    reasonAfter: endReason(period.block, kept, grace, usual),
    expiresAt: expiresAt === Infinity ? null : expiresAt,
  };
}

/** The reason of its end; of several at once, the most severe. */
function endReason(block: PaidPeriod["block"], kept: number, grace: number, usual: number): string {
  if (block !== null && kept !== Infinity && kept <= Math.min(grace, usual)) return block;
  return grace !== Infinity && grace <= usual ? "past_due_expired" : "expired";
}

/** The status, then a reason that closes the period, then an unpaid sent invoice (5.15). */
function closedBy(
  { settings }: Known,
  { snapshot }: Subscription,
  period: PaidPeriod,
): string | null {
  const closed = CLOSED[snapshot.status];
  if (closed !== undefined) return closed;
  if (snapshot.is_paused && settings.pause_collection_closes) return "paused";
  if (period.block !== null && period.until === null) return period.block;
  const isSent = snapshot.collection_method === "send_invoice" && snapshot.status !== "trialing";
  if (isSent && !settings.send_invoice_opens_unpaid && !period.isPaid) return "unpaid";
  return null;
}

/** P5: its announced end; otherwise the end of the trial or period plus the renewal grace. */
function endOf(
  { settings }: Known,
  { snapshot }: Subscription,
  { current_period_end }: SubscriptionItem,
): number {
  const periodEnd = current_period_end ?? Infinity;
  if (snapshot.cancel_at !== null) return snapshot.cancel_at;
  if (snapshot.cancel_at_period_end) return periodEnd;
  const isTrial = snapshot.status === "trialing" && snapshot.trial_end !== null;
  return (isTrial ? snapshot.trial_end ?? Infinity : periodEnd) + settings.renewal_grace;
}
