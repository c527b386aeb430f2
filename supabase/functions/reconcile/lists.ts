/** Stripe's lists of what decides access, and where in them a rebuild stands. */

/** The head of the type of an event about such an object, and where the list is. */
interface List {
  head: string;
  path: string;
}

/** In this order what closes is known before what opens: nothing is open meanwhile that is refunded. */
const LISTS: readonly List[] = [
  { head: "customer", path: "/v1/customers?limit=100" },
  { head: "refund", path: "/v1/refunds?limit=100" },
  { head: "charge.dispute", path: "/v1/disputes?limit=100" },
  { head: "charge", path: "/v1/charges?limit=100" },
  { head: "payment_intent", path: "/v1/payment_intents?limit=100" },
  { head: "invoice_payment", path: "/v1/invoice_payments?limit=100" },
  { head: "invoice", path: "/v1/invoices?limit=100" },
  // Without a word about it Stripe leaves out those that have ended.
  { head: "customer.subscription", path: "/v1/subscriptions?limit=100&status=all" },
  {
    head: "checkout.session",
    path: "/v1/checkout/sessions?limit=100&status=complete&expand[]=data.line_items",
  },
];

/** A place in the lists of our own account, and after it of the connected ones. */
export interface Place extends List {
  account: string | null;
  /** The last object of the list that is done; "": none yet. */
  last: string;
}

/** The place that was written down; "": the beginning. Null: there is none like it. */
export function placeAt(written: string, accounts: ReadonlySet<string>): Place | null {
  const all = allPlaces(accounts);
  if (written === "") return all[0] ?? null;
  const [, name, last = ""] = /^(.*)\/(\w*)$/.exec(written) ?? [];
  const found = all.find((place) => nameOf(place) === name);
  return found === undefined ? null : { ...found, last };
}

/** As `refund/re_1`, or of a connected account `acct_1/refund/re_1`. */
export function written(place: Place): string {
  return `${nameOf(place)}/${place.last}`;
}

/** The beginning of the next list; null: there is none. */
export function placeAfter(place: Place, accounts: ReadonlySet<string>): Place | null {
  const all = allPlaces(accounts);
  return all[all.findIndex((one) => nameOf(one) === nameOf(place)) + 1] ?? null;
}

/** Which part of an account's lists is done at a place, from 0 to 1. */
export function shareDone(written: string): number {
  const head = written.split("/").at(-2);
  return Math.max(LISTS.findIndex((list) => list.head === head), 0) / LISTS.length;
}

function allPlaces(accounts: ReadonlySet<string>): Place[] {
  return [null, ...accounts].flatMap((account) =>
    LISTS.map((list) => ({ ...list, account, last: "" }))
  );
}

function nameOf({ account, head }: Place): string {
  return account === null ? head : `${account}/${head}`;
}
