/** Facts for the tests of the model: a test gives some fields, and the others have defaults. */

import assert from "node:assert/strict";
import type {
  InvoiceFact,
  InvoiceLine,
} from "../../../supabase/functions/_shared/facts/invoice.ts";
import type { Fact } from "../../../supabase/functions/_shared/facts/kinds.ts";
import type {
  SubscriptionFact,
  SubscriptionItem,
} from "../../../supabase/functions/_shared/facts/subscription.ts";
import type { InboxEvent } from "../../../supabase/functions/_shared/inbox_event.ts";
import type { AccessRow } from "../access.ts";
import { at, DAY, T0 } from "../stripe/clock.ts";
import { modelAccess } from "./model.ts";
import type { Settings } from "./settings.ts";
import type { History } from "./history.ts";

type Some<Kind extends Fact["kind"]> = Partial<Extract<Fact, { kind: Kind }>>;
type FactOf<Kind extends Fact["kind"]> = Extract<Fact, { kind: Kind }>;

export const ADA = "00000000-0000-4000-8000-00000000ada0";
export const EVE = "00000000-0000-4000-8000-00000000e0e0";

/** A fact, and the day of the event that reported it. */
export type DatedFact = [day: number, fact: Fact, how?: "fetched"];

/** These facts, all reported on the first day. */
export function all(...facts: Fact[]): DatedFact[] {
  return facts.map((fact) => [0, fact]);
}

let made = 0;

/** A history of these facts, one event for each, and of acts. */
export function history(facts: DatedFact[], more: Partial<History> = {}): History {
  const events = facts.map(([day, fact, how = "reported"]): InboxEvent => ({
    id: `evt_${made++}`,
    type: `any.${how}`,
    created: at(day),
    api_version: null,
    livemode: true,
    account: null,
    object_id: fact.id,
    payload: "{}",
    facts: [fact],
    quarantine: null,
    error: null,
  }));
  return { events, acts: [], ...more };
}

/** This address belongs to an account. */
export function verified(email: string, userId = ADA): History["acts"][number] {
  return { act: { act: "verify", user: "ada", email }, userId };
}

/** The access of a user by module, in words: `purchase until 7`, `closed refunded`. */
export function accessIn(all: History, userId = ADA): Record<string, string> {
  const rows = rowsOf(all).filter((row) => row.userId === userId);
  return Object.fromEntries(rows.map((row) => [row.module, wordsOf(row)]));
}

/** The same for these facts and settings. */
export function accessOf(facts: DatedFact[], settings: Partial<Settings> = {}, userId = ADA) {
  return accessIn(history(facts, { settings }), userId);
}

/** The rows of a history. Neither the order of its events nor duplicates may change them. */
export function rowsOf(all: History): AccessRow[] {
  const byName = (one: AccessRow, other: AccessRow) =>
    `${one.userId} ${one.module}` < `${other.userId} ${other.module}` ? -1 : 1;
  const inOrder = [all.events, all.events.toReversed(), [...all.events, ...all.events]]
    .map((events) => modelAccess({ ...all, events }).sort(byName));
  assert.deepEqual(inOrder[1], inOrder[0]);
  assert.deepEqual(inOrder[2], inOrder[0]);
  return inOrder[0] ?? [];
}

function wordsOf({ isActive, reason, expiresAt }: AccessRow): string {
  if (!isActive) return `closed ${reason}`;
  return expiresAt === null ? reason : `${reason} until ${(expiresAt - T0) / DAY}`;
}

/** A completed, paid session in payment mode, bought by ada. */
export function session(some: Some<"checkout_session"> = {}): FactOf<"checkout_session"> {
  return {
    kind: "checkout_session",
    id: "cs_1",
    mode: "payment",
    status: "complete",
    payment_status: "paid",
    async_failed: false,
    amount_total: 1000,
    amount_subtotal: 1000,
    has_optional_items: false,
    created: T0,
    user_ref: ADA,
    module_ref: null,
    client_reference_id: null,
    email: null,
    payment_intent_id: "pi_1",
    subscription_id: null,
    invoice_id: null,
    customer_id: null,
    price_ids: null,
    ...some,
  };
}

/** A payment intent that succeeded. */
export function intent(some: Some<"payment_intent"> = {}): FactOf<"payment_intent"> {
  return {
    kind: "payment_intent",
    id: "pi_1",
    status: "succeeded",
    amount_received: 1000,
    created: T0,
    user_ref: null,
    module_ref: null,
    customer_id: null,
    invoice_id: null,
    ...some,
  };
}

/** A captured charge without a payment intent. */
export function charge(some: Some<"charge"> = {}): FactOf<"charge"> {
  return {
    kind: "charge",
    id: "ch_1",
    payment_intent_id: null,
    invoice_id: null,
    customer_id: null,
    amount_captured: 1000,
    amount_refunded: 0,
    created: T0,
    user_ref: null,
    module_ref: null,
    ...some,
  };
}

/** A refund of a whole payment. */
export function refund(payment: string, some: Some<"refund"> = {}): FactOf<"refund"> {
  const refs = { payment_intent_id: payment, charge_id: null };
  return {
    kind: "refund",
    id: `re_${payment}`,
    ...refs,
    amount: 1000,
    status: "succeeded",
    ...some,
  };
}

/** A dispute of a whole payment. */
export function dispute(payment: string, some: Some<"dispute"> = {}): FactOf<"dispute"> {
  return {
    kind: "dispute",
    id: `dp_${payment}`,
    payment_intent_id: payment,
    charge_id: null,
    amount: 1000,
    status: "needs_response",
    type_rank: 2,
    changed_from: {},
    ...some,
  };
}

/** A paid invoice with one line for the first month of `si_1`. */
export function invoice(some: Partial<InvoiceFact> = {}): InvoiceFact {
  const subscription_id = some.subscription_id === undefined ? "sub_1" : some.subscription_id;
  return {
    kind: "invoice",
    id: "in_1",
    status: "paid",
    amount_paid: 1000,
    total: 1000,
    amount_credited: 0,
    created: T0,
    paid_at: null,
    due_at: null,
    user_ref: null,
    subscription_user_ref: null,
    module_ref: null,
    customer_id: null,
    email: null,
    payment_intent_id: null,
    charge_id: null,
    lines: [line()],
    lines_complete: true,
    ...some,
    subscription_id,
  };
}

/** A line for these days of `si_1`, at the price of alpha. */
export function line(from = 0, to = 30, some: Partial<InvoiceLine> = {}): InvoiceLine {
  return {
    kind: "subscription",
    subscription_id: "sub_1",
    subscription_item_id: "si_1",
    price_id: "price_alpha",
    period_start: at(from),
    period_end: at(to),
    amount: 1000,
    discount_amount: 0,
    quantity: 1,
    is_proration: false,
    ...some,
  };
}

/** A one-time line. */
export function saleLine(price_id: string | null, some: Partial<InvoiceLine> = {}): InvoiceLine {
  const alone = { subscription_id: null, subscription_item_id: null };
  return line(0, 0, { kind: "invoice_item", ...alone, price_id, ...some });
}

/** An invoice payment; without a payment: money outside Stripe. */
export function paidBy(
  payment: string | null,
  invoiceId = "in_1",
  some: Some<"invoice_payment"> = {},
): FactOf<"invoice_payment"> {
  const isCharge = payment?.startsWith("ch_") === true;
  return {
    kind: "invoice_payment",
    id: `inpay_${payment}_${invoiceId}`,
    status: "paid",
    amount_paid: 1000,
    invoice_id: invoiceId,
    payment_intent_id: isCharge ? null : payment,
    charge_id: isCharge ? payment : null,
    ...some,
  };
}

/** An active subscription of ada, in its first month of alpha. */
export function subscription(some: Partial<SubscriptionFact> = {}): SubscriptionFact {
  return {
    kind: "subscription",
    id: "sub_1",
    status: "active",
    is_paused: false,
    created: T0,
    customer_id: null,
    latest_invoice_id: null,
    collection_method: "charge_automatically",
    cancel_at: null,
    cancel_at_period_end: false,
    ended_at: null,
    trial_end: null,
    user_ref: ADA,
    module_ref: null,
    items: [item()],
    items_complete: true,
    type_rank: 2,
    changed_from: {},
    ...some,
  };
}

export function item(from = 0, to = 30, some: Partial<SubscriptionItem> = {}): SubscriptionItem {
  return {
    id: "si_1",
    price_id: "price_alpha",
    quantity: 1,
    current_period_start: at(from),
    current_period_end: at(to),
    ...some,
  };
}

export function customer(some: Some<"customer"> = {}): FactOf<"customer"> {
  return {
    kind: "customer",
    id: "cus_1",
    user_ref: null,
    email: null,
    is_deleted: false,
    type_rank: 2,
    changed_from: {},
    ...some,
  };
}

export function price(id: string, is_recurring: boolean): FactOf<"price"> {
  return { kind: "price", id, is_recurring };
}
