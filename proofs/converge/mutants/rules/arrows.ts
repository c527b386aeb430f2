/** The arrows between objects: without an arrow, a dependent object is not derived again. */

import type { Mutant } from "../mutant.ts";

/**
 * `branch` is one of those of the view; not its first, which names the columns, and not its last.
 * Four have no mutant: another way leads to where they lead, from an invoice payment and its invoice
 * to what paid.
 */
function without(scenario: number, from: string, to: string, branch: string): Mutant {
  const table = branch.match(/from sesame\.(\w+)/)?.[1];
  const name = `no arrow from ${from} to ${to}, by ${table}`;
  return { name, scenario, chapter: "dependents", text: `  ${branch}\n  union all\n`, instead: "" };
}

export const ARROWS: readonly Mutant[] = [
  without(
    231,
    "invoice",
    "subscription",
    `select 'invoice', id, 'subscription', subscription_id from sesame.invoices`,
  ),
  {
    name: "the latest invoice of a subscription need not name it",
    scenario: 232,
    chapter: "buyers",
    text: "where latest.subscription_id = subscription.id",
    instead: "where true",
  },
  without(
    216,
    "checkout_session",
    "invoice",
    `select 'checkout_session', id, 'invoice', invoice_id from sesame.checkout_sessions`,
  ),
  without(
    217,
    "checkout_session",
    "subscription",
    `select 'checkout_session', id, 'subscription', subscription_id from sesame.checkout_sessions`,
  ),
  without(
    156,
    "payment_intent",
    "checkout_session",
    `select 'payment_intent', payment_intent_id, 'checkout_session', id from sesame.checkout_sessions`,
  ),
  without(
    226,
    "payment_intent",
    "invoice",
    `select 'payment_intent', payment_intent_id, 'invoice', id from sesame.invoices`,
  ),
  without(
    198,
    "payment_intent",
    "invoice",
    `select 'payment_intent', id, 'invoice', invoice_id from sesame.payment_intents`,
  ),
  without(
    199,
    "payment_intent",
    "invoice",
    `select 'payment_intent', payment_intent_id, 'invoice', invoice_id from sesame.charges`,
  ),
  {
    name: "no arrow from payment_intent to invoice, by its charges",
    scenario: 200,
    chapter: "dependents",
    text: "select id from sesame.invoices where charge_id = charge.id",
    instead: "select id from sesame.invoices where false",
  },
  without(
    52,
    "charge",
    "payment_intent",
    `select 'charge', id, 'payment_intent', payment_intent_id from sesame.charges`,
  ),
  without(
    227,
    "charge",
    "invoice",
    `select 'charge', id, 'invoice', invoice_id from sesame.charges`,
  ),
  without(
    223,
    "charge",
    "invoice",
    `select 'charge', charge_id, 'invoice', id from sesame.invoices`,
  ),
  without(
    156,
    "refund",
    "payment_intent",
    `select 'refund', id, 'payment_intent', payment_intent_id from sesame.refunds`,
  ),
  without(140, "refund", "charge", `select 'refund', id, 'charge', charge_id from sesame.refunds`),
  without(
    157,
    "dispute",
    "payment_intent",
    `select 'dispute', id, 'payment_intent', payment_intent_id from sesame.disputes`,
  ),
  without(
    150,
    "dispute",
    "charge",
    `select 'dispute', id, 'charge', charge_id from sesame.disputes`,
  ),
  without(
    222,
    "invoice",
    "payment_intent",
    `select 'invoice', id, 'payment_intent', payment_intent_id from sesame.invoices`,
  ),
  without(
    223,
    "invoice",
    "charge",
    `select 'invoice', id, 'charge', charge_id from sesame.invoices`,
  ),
  without(
    218,
    "invoice",
    "subscription",
    `select 'invoice', invoice_id, 'subscription', subscription_id from sesame.invoice_lines`,
  ),
  without(
    95,
    "invoice",
    "checkout_session",
    `select 'invoice', invoice_id, 'checkout_session', id from sesame.checkout_sessions`,
  ),
  without(
    207,
    "subscription",
    "invoice",
    `select 'subscription', subscription_id, 'invoice', invoice_id from sesame.invoice_lines where stands_alone`,
  ),
  without(
    110,
    "price",
    "invoice",
    `select 'price', price_id, 'invoice', invoice_id from sesame.invoice_lines where stands_alone`,
  ),
  without(
    208,
    "price",
    "checkout_session",
    `select 'price', price.id, 'checkout_session', session.id
  from sesame.prices as price
  join sesame.checkout_sessions as session on session.price_ids @> array[price.id]`,
  ),
  without(
    184,
    "invoice_payment",
    "invoice",
    `select 'invoice_payment', id, 'invoice', invoice_id from sesame.invoice_payments`,
  ),
  without(
    144,
    "payment_intent",
    "invoice",
    `select 'payment_intent', payment_intent_id, 'invoice', invoice_id from sesame.invoice_payments`,
  ),
  without(
    62,
    "charge",
    "invoice",
    `select 'charge', charge_id, 'invoice', invoice_id from sesame.invoice_payments`,
  ),
  without(
    56,
    "customer",
    "checkout_session",
    `select 'customer', customer_id, 'checkout_session', id from sesame.checkout_sessions`,
  ),
  without(
    210,
    "customer",
    "payment_intent",
    `select 'customer', customer_id, 'payment_intent', id from sesame.payment_intents`,
  ),
  without(
    210,
    "customer",
    "charge",
    `select 'customer', customer_id, 'charge', id from sesame.charges where module_ref is not null`,
  ),
  without(
    209,
    "customer",
    "invoice",
    `select 'customer', customer_id, 'invoice', id from sesame.invoices`,
  ),
  without(
    210,
    "customer",
    "subscription",
    `select 'customer', customer_id, 'subscription', id from sesame.subscriptions`,
  ),
  without(
    131,
    "checkout_session",
    "known_customer",
    `select 'checkout_session', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.checkout_sessions`,
  ),
  without(
    211,
    "payment_intent",
    "known_customer",
    `select 'payment_intent', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.payment_intents`,
  ),
  without(
    212,
    "charge",
    "known_customer",
    `select 'charge', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.charges`,
  ),
  without(
    213,
    "invoice",
    "known_customer",
    `select 'invoice', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.invoices`,
  ),
  without(
    135,
    "subscription",
    "known_customer",
    `select 'subscription', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.subscriptions`,
  ),
  without(
    214,
    "known_customer",
    "checkout_session",
    `select 'known_customer', customer_id, 'checkout_session', id from sesame.checkout_sessions where user_ref is null`,
  ),
  without(
    215,
    "known_customer",
    "payment_intent",
    `select 'known_customer', customer_id, 'payment_intent', id
  from sesame.payment_intents where user_ref is null and coalesce(module_ref, '') <> ''  -- as in sesame.purchases`,
  ),
  without(
    214,
    "known_customer",
    "charge",
    `select 'known_customer', customer_id, 'charge', id
  from sesame.charges where user_ref is null and module_ref is not null`,
  ),
  without(
    131,
    "known_customer",
    "subscription",
    `select 'known_customer', customer_id, 'subscription', id from sesame.subscriptions where user_ref is null`,
  ),
  {
    name: "no arrow from known_customer to invoice, by invoices",
    scenario: 135,
    chapter: "dependents",
    text: "where user_ref is null and (subscription_id is null or exists (",
    instead: "where false and (subscription_id is null or exists (",
  },
];
