/** The buyer: the nearest name, otherwise the user who verified the buyer's address (5.8, 5.9). */

import { tidyEmail } from "./accounts.ts";
import { nameFromElsewhere } from "./elsewhere.ts";
import type { Known } from "./known.ts";
import { paymentsOf } from "./links.ts";
import { nameOf } from "./names.ts";
import { firstToName } from "./naming.ts";
import type { Invoice, Objects, Session, Subscription } from "./objects.ts";

export interface Buyer {
  userRef: string | null;
  /** Only an address names the buyer. */
  byAddress: boolean;
}

type Maybe = string | null | undefined;

/** The names and addresses of one purchase. */
interface PurchaseLinks {
  /** The names on the objects of the purchase, the nearest first. */
  names: Maybe[];
  /** The session that sold it. */
  session?: Session | undefined;
  customer: string | null;
  /** The stamp of the purchase: names found elsewhere must not be later. */
  boughtAt: number | null;
  /** Addresses, the nearest first. The customer's own address comes last. */
  emails: Maybe[];
  /** The address on the subscription's latest invoice, if that names the subscription. */
  lastEmail?: Maybe;
}

/** The buyer of a session's one-time prices, in payment mode or beside a subscription. */
export function buyerOfSession(known: Known, session: Session): Buyer {
  const { customer, createdAt, email } = session;
  const names = [
    session.userRef,
    known.subscriptions.get(session.subscription ?? "")?.userRef,
    known.payments.get(session.payment ?? "")?.userRef,
    namedBy(known.invoices.get(session.invoice ?? "")),
  ];
  return buyer(known, { names, session, customer, boughtAt: createdAt, emails: [email] });
}

export function buyerOfSubscription(known: Known, subscription: Subscription): Buyer {
  const { customer, createdAt, snapshot } = subscription;
  const session = sessionOf(known, subscription.id);
  const invoices = [...known.invoices.values()]
    .filter((invoice) => invoice.subscription === subscription.id)
    .map((invoice) => ({ ...invoice, userRefAt: invoice.anyNameAt }));
  return buyer(known, {
    names: [session?.userRef, subscription.userRef, namedBy(firstToName(invoices))],
    session,
    customer,
    boughtAt: createdAt,
    emails: [session?.email],
    lastEmail: invoices.find(({ id }) => id === snapshot.latest_invoice_id)?.email,
  });
}

export function buyerOfInvoice(known: Known, invoice: Invoice): Buyer {
  const { id, subscription, customer, paidAt } = invoice;
  const sessions = [...known.sessions.values()].filter((session) =>
    session.invoice === id || subscription !== null && session.subscription === subscription
  );
  const session = firstToName(sessions);
  const payments = paymentsOf(known, id)
    .flatMap((payment) => known.payments.get(payment.id)?.userRef ?? []);
  return buyer(known, {
    names: [
      session?.userRef,
      known.subscriptions.get(subscription ?? "")?.userRef,
      payments.sort()[0],
      namedBy(invoice),
    ],
    session,
    customer,
    boughtAt: paidAt,
    emails: [session?.email, invoice.email],
  });
}

/** The buyer of a payment intent or a charge that is a purchase itself. */
export function buyerOfPayment(
  known: Known,
  payment: Pick<Session, "userRef" | "customer" | "createdAt">,
): Buyer {
  const { userRef, customer, createdAt } = payment;
  return buyer(known, { names: [userRef], customer, boughtAt: createdAt, emails: [] });
}

/** The session of a subscription: the first one that named a buyer. */
export function sessionOf(known: Pick<Objects, "sessions">, subscriptionId: string) {
  const sessions = [...known.sessions.values()];
  return firstToName(sessions.filter(({ subscription }) => subscription === subscriptionId));
}

function namedBy(invoice: Invoice | undefined): Maybe {
  return invoice?.userRef ?? invoice?.subscriptionUserRef;
}

/** The nearest name decides, even an unreadable one. An address counts only without any name. */
function buyer(known: Known, purchase: PurchaseLinks): Buyer {
  const customer = known.customers.get(purchase.customer ?? "");
  const name = first([
    ...purchase.names,
    customer?.userRef,
    known.settings.client_reference_id_names_buyer ? purchase.session?.clientReference : null,
    nameFromElsewhere(known, purchase.customer, purchase.boughtAt),
  ]);
  if (name === null) {
    return owner(known, first([...purchase.emails, customer?.email, purchase.lastEmail]));
  }
  const read = nameOf(name);
  if (read === "unreadable") return { userRef: null, byAddress: false };
  return "user" in read ? { userRef: read.user, byAddress: false } : owner(known, read.email);
}

/** The user who has verified this address. */
function owner({ accounts, settings }: Known, email: string | null): Buyer {
  if (email === null || !settings.verified_email_claims) return { userRef: null, byAddress: true };
  return { userRef: accounts.get(tidyEmail(email)) ?? null, byAddress: true };
}

function first(candidates: Maybe[]): string | null {
  return candidates.find((one) => one !== null && one !== undefined) ?? null;
}
