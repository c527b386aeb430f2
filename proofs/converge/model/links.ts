/** 5.7: which payment pays which invoice. */

import type { Objects } from "./objects.ts";

/** A payment: a payment intent, or a charge that has none. */
export interface Payment {
  id: string;
  isBareCharge: boolean;
}

/** One payment of one invoice. */
export interface Link {
  invoice: string;
  payment: Payment;
}

interface Refs {
  payment: string | null;
  charge: string | null;
}

/** A charge with a payment intent belongs to that payment intent. Null: money outside Stripe. */
export function paymentOf(objects: Pick<Objects, "charges">, refs: Refs): Payment | null {
  const intent = refs.payment ?? objects.charges.get(refs.charge ?? "")?.payment ?? null;
  if (intent !== null) return { id: intent, isBareCharge: false };
  return refs.charge === null ? null : { id: refs.charge, isBareCharge: true };
}

/** Every pair of invoice and payment that any object names, unless all its invoice payments are canceled. */
export function linksOf(objects: Objects): Link[] {
  const said = [...objects.invoicePayments.values()];
  const isCanceled = ({ status }: typeof said[number]) => status === "canceled";
  const canceled = said.filter(isCanceled).flatMap((one) => linkOf(objects, one.invoice, one));
  const named = said.filter((one) => !isCanceled(one))
    .flatMap((one) => linkOf(objects, one.invoice, one));
  // Other objects that name both may be older than the cancellation.
  const old = oldLinks(objects).filter((link) => !canceled.some((other) => isSame(link, other)));
  const all = [...named, ...old];
  return all.filter((link, place) => all.findIndex((other) => isSame(link, other)) === place);
}

/** Objects that name both, depending on the API version. */
function oldLinks(objects: Objects): Link[] {
  const { sessions, invoices, payments, charges } = objects;
  return [
    ...[...invoices.values()].flatMap(({ id, payment, charge }) => [
      ...linkOf(objects, id, { payment, charge: null }),
      ...linkOf(objects, id, { payment: null, charge }),
    ]),
    ...[...payments.values()].flatMap(({ id, invoice }) =>
      linkOf(objects, invoice, { payment: id, charge: null })
    ),
    ...[...charges.values()].flatMap(({ id, invoice }) =>
      linkOf(objects, invoice, { payment: null, charge: id })
    ),
    ...[...sessions.values()].flatMap(({ invoice, payment }) =>
      linkOf(objects, invoice, { payment, charge: null })
    ),
  ];
}

function linkOf(objects: Objects, invoice: string | null, refs: Refs): Link[] {
  const payment = paymentOf(objects, refs);
  return invoice === null || payment === null ? [] : [{ invoice, payment }];
}

function isSame(one: Link, other: Link): boolean {
  return one.invoice === other.invoice && one.payment.id === other.payment.id;
}

/** The payments that pay this invoice. */
export function paymentsOf({ links }: { links: Link[] }, invoice: string | null): Payment[] {
  return links.filter((link) => link.invoice === invoice).map(({ payment }) => payment);
}

/** The root of a purchase: the smallest payment intent, otherwise charge, otherwise the object itself (5.4). */
export function rootOf(payments: Payment[], otherwise: string): string {
  const ids = (isBare: boolean) =>
    payments.filter(({ isBareCharge }) => isBareCharge === isBare).map(({ id }) => id).sort();
  return ids(false)[0] ?? ids(true)[0] ?? otherwise;
}
