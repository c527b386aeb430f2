import { CHECKOUT_SESSION_WORDS } from "./checkout_session.ts";
import { DISPUTE_WORDS } from "./dispute.ts";
import type { Fact } from "./fact.ts";
import { INVOICE_WORDS } from "./invoice.ts";
import { INVOICE_PAYMENT_WORDS } from "./invoice_payment.ts";
import { at, type JsonObject } from "./json.ts";
import { objectsOf } from "./objects.ts";
import { OLD_PAYMENT_INTENT_WORDS, PAYMENT_INTENT_WORDS } from "./payment_intent.ts";
import { REFUND_WORDS } from "./refund.ts";
import { SUBSCRIPTION_WORDS } from "./subscription.ts";

/** Every word that some field may have, by the path of the field. */
type Words = Readonly<Record<string, readonly string[]>>;

const WORDS: { [Kind in Fact["kind"]]: Words } = {
  checkout_session: CHECKOUT_SESSION_WORDS,
  payment_intent: {
    status: [...PAYMENT_INTENT_WORDS.status, ...Object.keys(OLD_PAYMENT_INTENT_WORDS)],
  },
  charge: {},
  refund: REFUND_WORDS,
  dispute: DISPUTE_WORDS,
  invoice: INVOICE_WORDS,
  invoice_payment: INVOICE_PAYMENT_WORDS,
  subscription: SUBSCRIPTION_WORDS,
  customer: {},
  price: {},
};

/**
 * The fields of an event whose value `translate()` does not know and took for the safe one, as
 * `subscription.status=hibernating`. Stripe may add a word at any time, whatever the API version.
 */
export function unknownValues(event: unknown): string[] {
  return objectsOf(event).flatMap(({ kind, object }) =>
    unknownFields(object, WORDS[kind]).map((field) => `${kind}.${field}`)
  );
}

function unknownFields(object: JsonObject, words: Words): string[] {
  return Object.entries(words).flatMap(([field, known]) => {
    const value = at(object, ...field.split(".")) ?? null;
    if (value === null || known.some((word) => word === value)) return [];
    return [field + (isWord(value) ? `=${value}` : "")];
  });
}

/** What could be somebody's data is not repeated. */
function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[a-z_]{1,40}$/.test(value);
}
