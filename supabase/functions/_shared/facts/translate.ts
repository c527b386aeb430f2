import { charge } from "./charge.ts";
import { checkoutSession } from "./checkout_session.ts";
import { embedded } from "./embedded.ts";
import type { Fact } from "./fact.ts";
import { invoice } from "./invoice.ts";
import { at, type JsonObject, record, text } from "./json.ts";
import { paymentIntent } from "./payment_intent.ts";
import { refund } from "./refund.ts";
import { subscription } from "./subscription.ts";

type Translator<Kind extends Fact["kind"]> = (
  id: string,
  object: JsonObject,
  type: string,
) => Extract<Fact, { kind: Kind }>;

/** One translator per kind of fact; a kind without one does not compile. */
const TRANSLATORS = {
  checkout_session: checkoutSession,
  payment_intent: paymentIntent,
  charge,
  refund,
  invoice,
  subscription,
} satisfies { [Kind in Fact["kind"]]: Translator<Kind> };

/** What the object of an event is, by the head of the event's type. The first match counts. */
const KINDS: readonly (readonly [head: string, kind: Fact["kind"] | null])[] = [
  ["checkout.session.", "checkout_session"],
  ["payment_intent.", "payment_intent"],
  ["charge.dispute.", null],
  ["charge.refund.", "refund"],
  ["refund.", "refund"],
  ["charge.", "charge"],
  ["invoice.upcoming", null], // a preview of an invoice, not one yet
  ["invoice.", "invoice"],
  ["customer.subscription.", "subscription"],
];

/**
 * Turns a Stripe event into facts: by the shape of its object, whatever its API version, and
 * without clock, network or database. An event that says nothing about access gives none.
 */
export function translate(event: unknown): Fact[] {
  const type = text(at(event, "type"));
  const object = record(at(event, "data", "object"));
  if (type === null || object === null) return [];

  const kind = kindOf(type);
  return kind === null ? [] : factsOf(kind, object, type);
}

function kindOf(type: string): Fact["kind"] | null {
  return KINDS.find(([head]) => type.startsWith(head))?.[1] ?? null;
}

/** The fact of an object, then those of the objects inside it. */
function factsOf(kind: Fact["kind"], object: JsonObject, type: string): Fact[] {
  const id = text(object.id);
  if (id === null) return [];

  const fact = TRANSLATORS[kind](id, object, type);
  const inside = embedded(kind, object);
  if (inside === null) return [fact];
  return [fact, ...inside.objects.flatMap((member) => factsOf(inside.kind, member, type))];
}
