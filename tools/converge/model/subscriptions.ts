/** Subscriptions: the status decides whether, the period of the item until when. */

import type { SubscriptionItem } from "../../../supabase/functions/_shared/facts/fact.ts";
import { buyer } from "./buyer.ts";
import { blockOf, paidFor } from "./money.ts";
import type { Invoice, Objects } from "./objects.ts";
import { type Catalogue, closedFor, soldModules, type Source } from "./source.ts";

const DAY = 86_400;
const RENEWAL_GRACE = 3 * DAY;
const PAST_DUE_GRACE = 7 * DAY;

/** Why a subscription in this status is closed; absent: it is open. */
const CLOSED: Record<string, string> = {
  incomplete: "pending_payment",
  incomplete_expired: "canceled",
  canceled: "canceled",
  unpaid: "unpaid",
  paused: "paused",
  unknown: "unknown_status",
};

type Subscription = Objects["subscriptions"] extends Map<string, infer One> ? One : never;

/** What all subscriptions say: one word for each module of each item. */
export function subscriptionSources(objects: Objects, catalogue: Catalogue): Source[] {
  return [...objects.subscriptions.values()].flatMap((subscription) => {
    const { items } = subscription.snapshot;
    const session = sessionOf(objects, subscription.id);
    const customer = objects.customers.get(subscription.customer ?? "");
    const latest = objects.invoices.get(subscription.snapshot.latest_invoice_id ?? "");
    const who = buyer(
      objects.accounts,
      [
        session?.userRef,
        subscription.userRef,
        namedByInvoice(objects, subscription.id),
        customer?.userRef,
      ],
      [session?.email, customer?.email, latest?.email],
    );
    const moduleRef = subscription.moduleRef ?? session?.moduleRef ?? null;

    const sold = soldModules(catalogue, items.map(({ price_id }) => price_id), moduleRef);
    return sold.flatMap(({ module, priceId }) =>
      items
        .filter((item) => item.quantity > 0 && (priceId === null || item.price_id === priceId))
        .map((item) => ({ ...wordOn(objects, subscription, item), ...who, module }))
    );
  });
}

/** The session that sold it, the one that names its buyer first. */
function sessionOf(objects: Objects, subscriptionId: string) {
  return [...objects.sessions.values()]
    .filter(({ subscription }) => subscription === subscriptionId)
    .sort(byNaming)[0];
}

/** The user whom one of its invoices named first. */
function namedByInvoice(objects: Objects, subscriptionId: string): string | null {
  const naming = [...objects.invoices.values()]
    .filter(({ subscription, userRefAt }) => subscription === subscriptionId && userRefAt !== null)
    .sort(byNaming);
  return naming[0]?.userRef ?? null;
}

/** Who named a user earlier comes first; of the same second, the smaller id. */
function byNaming(one: Naming, other: Naming): number {
  const [first, second] = [one.userRefAt ?? Infinity, other.userRefAt ?? Infinity];
  if (first !== second) return first < second ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}

interface Naming {
  id: string;
  userRefAt: number | null;
}

function wordOn(objects: Objects, subscription: Subscription, item: SubscriptionItem): Source {
  const { status, latest_invoice_id } = subscription.snapshot;
  const closed = CLOSED[status] ??
    blockOfPeriod(objects, subscription.id, item.current_period_start);
  if (closed !== null) return closedFor(subscription.id, null, "", closed);

  const endsAt = endOf(subscription, item);
  const latest = objects.invoices.get(latest_invoice_id ?? "");
  const graceEndsAt = status === "past_due" ? graceEnd(item, latest) : Infinity;
  const expiresAt = Math.min(endsAt, graceEndsAt);
  return {
    id: subscription.id,
    userRef: null,
    module: "",
    reason: "subscription",
    reasonAfter: graceEndsAt <= endsAt && graceEndsAt !== Infinity ? "past_due_expired" : "expired",
    expiresAt: expiresAt === Infinity ? null : expiresAt,
  };
}

/** Its announced end; else the end of trial or period, and some days for the renewal to arrive. */
function endOf({ snapshot }: Subscription, item: SubscriptionItem): number {
  const periodEnd = item.current_period_end ?? Infinity;
  if (snapshot.cancel_at !== null) return snapshot.cancel_at;
  if (snapshot.cancel_at_period_end) return periodEnd;
  const isTrial = snapshot.status === "trialing" && snapshot.trial_end !== null;
  return (isTrial ? snapshot.trial_end ?? Infinity : periodEnd) + RENEWAL_GRACE;
}

function graceEnd(item: SubscriptionItem, latest: Invoice | undefined): number {
  const since = [item.current_period_start, latest?.createdAt ?? null].filter((one) =>
    one !== null
  );
  return since.length === 0 ? Infinity : Math.max(...since) + PAST_DUE_GRACE;
}

/** The invoice that covers the current period, refunded or disputed, closes that period alone. */
function blockOfPeriod(objects: Objects, subscriptionId: string, start: number | null) {
  const blocks = [...objects.invoices.values()]
    .filter((invoice) => invoice.subscription === subscriptionId && invoice.status === "paid")
    .filter((invoice) => covers(invoice, start))
    .map((invoice) => blockOf(objects, paidFor(objects, invoice.id, invoice.paid)));
  if (blocks.includes("disputed")) return "disputed";
  return blocks.includes("refunded") ? "refunded" : null;
}

function covers({ lines }: Pick<Invoice, "lines">, start: number | null): boolean {
  const periods = lines.filter(({ is_proration }) => !is_proration);
  const starts = periods.flatMap(({ period_start }) => period_start ?? []);
  const ends = periods.flatMap(({ period_end }) => period_end ?? []);
  if (start === null || starts.length === 0 || ends.length === 0) return false;
  return Math.min(...starts) <= start && start < Math.max(...ends);
}
