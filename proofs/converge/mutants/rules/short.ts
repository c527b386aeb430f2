/** The short path of an event that is alone in its call: what it leaves out must have no effect. */

import type { Mutant } from "../mutant.ts";

/** A new object does not reach what reads it, because this condition of the look-ups is left out. */
function unseen(scenario: number, name: string, text: string, instead = ""): Mutant {
  return { name: `a new ${name}`, scenario, chapter: "reach_of_new", text, instead };
}

/** The same, for a look-up of this kind. */
function unread(scenario: number, name: string, where: string): Mutant {
  return unseen(scenario, name, `and not exists (select from sesame.${where} offset 0)`);
}

/** The columns that others read of a subscription, of its row now or before. */
function columnsOf(row: string): string {
  const columns = ["user_ref", "user_ref_at", "unnamed_at", "created_at", "customer_id"];
  return `(${columns.map((column) => `${row}.${column}`).join(", ")})`;
}

const NAMES_UNCHANGED = `${columnsOf("v_now")} is not distinct from\n    ${columnsOf("v_former")}`;

/** The short path looks at all of these columns but one. */
function without(scenario: number, column: string): Mutant {
  return {
    name: `the ${column} of a subscription reaches nothing else`,
    scenario,
    chapter: "short_path",
    text: NAMES_UNCHANGED,
    instead: NAMES_UNCHANGED.replaceAll(new RegExp(`\\bv_\\w+\\.${column}\\b`, "g"), "null"),
  };
}

export const SHORT: readonly Mutant[] = [
  without(234, "unnamed_at"),
  {
    name: "what a known subscription says of its buyer reaches nothing else",
    scenario: 233,
    chapter: "short_path",
    text: NAMES_UNCHANGED,
    instead: "v_former.id is not null",
  },
  {
    name: "what a new subscription says of its buyer reaches nothing else",
    scenario: 135,
    chapter: "short_path",
    text: NAMES_UNCHANGED,
    instead: "v_former.id is null",
  },
  {
    name: "the end of a subscription that is alone in its call is not final",
    scenario: 49,
    chapter: "merge_subscription",
    text: "fact ->> 'status' in ('canceled', 'incomplete_expired')",
    instead: "false",
  },
  {
    name: "a subscription that is alone in its call names its last user",
    scenario: 235,
    chapter: "merge_subscription",
    text: "(v_at, fact ->> 'user_ref') < (former.user_ref_at, former.user_ref)",
    instead: "(v_at, fact ->> 'user_ref') > (former.user_ref_at, former.user_ref)",
  },
  {
    name: "a subscription that is alone in its call had its name from the beginning",
    scenario: 234,
    chapter: "merge_subscription",
    text: "present.unnamed_at := least(former.unnamed_at, v_at);",
    instead: "present.unnamed_at := null;",
  },
  {
    name: "a grant of a few sources stays although nothing gives it any more",
    scenario: 48,
    chapter: "write_few_grants",
    text: "and not exists (\n        select from unnest(v_derived) as kept",
    instead: "and false and not exists (\n        select from unnest(v_derived) as kept",
  },
  {
    name: "the former owner of one of a few grants keeps the access",
    scenario: 202,
    chapter: "write_few_grants",
    text: "owners := owners || v_one.user_id;\n    delete",
    instead: "delete",
  },
  {
    name: "no name reaches the purchases of its customer",
    scenario: 135,
    chapter: "find_dependents",
    text: "v_next jsonb := sesame.next_dependents(objects, objects);",
    instead: "v_next jsonb := sesame.next_dependents(objects, objects) - 'known_customer';",
  },
  // The claims of a subscription, its tokens, and a session that also names a subscription: reach_of_new.sql.
  unseen(
    236,
    "invoice names no buyer of a nameless subscription",
    "known.user_ref is not null  --",
    "true  --",
  ),
  unseen(185, "invoice of a past due subscription", "and known.status <> 'past_due'"),
  unseen(239, "invoice that its credits paid", "or invoice.amount_paid > 0  --", "or true  --"),
  unseen(240, "invoice that was sent", "and known.collection_method <> 'send_invoice'"),
  unseen(237, "invoice of several items", "and jsonb_array_length(known.items) = 1"),
  unseen(
    241,
    "invoice of a closed period",
    "and held.reason_after in ('refunded', 'disputed')",
    "and false",
  ),
  unseen(
    247,
    "invoice with a name",
    "and not sesame.names_others(invoice.user_ref, invoice.customer_id)",
  ),
  unseen(242, "invoice that names its payment", "and invoice.payment_intent_id is null\n", "\n"),
  unseen(243, "invoice that names its charge", "and invoice.charge_id is null\n", "\n"),
  unread(62, "invoice with invoice payments", "invoice_payments where invoice_id = of_invoice"),
  unread(244, "invoice that a payment names", "payment_intents where invoice_id = of_invoice"),
  unread(245, "invoice that a charge names", "charges where invoice_id = of_invoice"),
  unread(246, "invoice that a session names", "checkout_sessions where invoice_id = of_invoice"),
  unseen(
    248,
    "invoice with the line of another subscription",
    "line.subscription_id <> invoice.subscription_id",
    "false",
  ),
  unseen(
    238,
    "invoice of a subscription with sales beside it",
    "and line.stands_alone",
    "and false",
  ),
  unseen(
    198,
    "charge whose payment names an invoice",
    "and not exists (select from sesame.payment_intents where id = of_payment and invoice_id is not null offset 0)",
  ),
  unread(
    249,
    "charge whose payment an invoice names",
    "invoices where payment_intent_id = of_payment",
  ),
  unread(
    250,
    "charge whose payment an invoice payment names",
    "invoice_payments where payment_intent_id = of_payment",
  ),
  unseen(199, "charge that names an invoice", "charge.invoice_id is not null\n", "false\n"),
  unseen(
    200,
    "charge that an invoice names",
    "or exists (select from sesame.invoices where charge_id = charge.id offset 0)",
  ),
  unseen(
    251,
    "charge that an invoice payment names",
    "or exists (select from sesame.invoice_payments where charge_id = charge.id offset 0)",
  ),
  unseen(252, "charge of a session", "case when v_sessions is null then", "case when true then"),
  unseen(
    253,
    "charge of a payment",
    "return jsonb_build_object('payment_intent', array[of_payment])\n    ||",
    "return",
  ),
  unseen(
    254,
    "charge with a name",
    "not sesame.names_others(charge.user_ref, charge.customer_id)",
    "true",
  ),
  unseen(227, "charge without payment", "and charge.payment_intent_id is not null  --", "--"),
  unseen(
    211,
    "payment with a name",
    "not sesame.names_others(payment.user_ref, payment.customer_id)",
    "true",
  ),
  unseen(
    131,
    "session with a name",
    "not sesame.names_others(session.user_ref, session.customer_id)",
    "true",
  ),
  unseen(255, "session without payment", "and session.payment_intent_id is not null  --", "--"),
];
