import type { Fact } from "./fact.ts";
import { at, idOf, type JsonObject, list, record } from "./json.ts";

/** Objects of one kind, found whole inside another. */
export interface Embedded {
  kind: Fact["kind"];
  objects: JsonObject[];
}

/**
 * The objects inside an object that are facts in their own right.
 *
 * Only kinds whose facts merge by rank and maximum, so that an older copy can say nothing false. A
 * subscription or an invoice inside a session is left alone: there the newest snapshot wins, and
 * the event's stamp is not the copy's.
 */
export function embedded(kind: Fact["kind"], object: JsonObject): Embedded[] {
  switch (kind) {
    case "checkout_session":
      return [
        { kind: "payment_intent", objects: list([object.payment_intent]) ?? [] },
        { kind: "price", objects: (list(object.line_items) ?? []).flatMap(pricesOf) },
      ];
    case "payment_intent":
      // Up to 2022-08-01 a list; since then one expandable field.
      return [{
        kind: "charge",
        objects: list(object.charges) ?? list([object.latest_charge]) ?? [],
      }];
    case "invoice":
      return [
        { kind: "invoice_payment", objects: list(object.payments) ?? [] },
        { kind: "price", objects: (list(object.lines) ?? []).flatMap(pricesOf) },
      ];
    case "invoice_payment":
      return [{
        kind: "payment_intent",
        objects: list([at(object, "payment", "payment_intent")]) ?? [],
      }];
    case "charge":
      return [{ kind: "refund", objects: list(object.refunds) ?? [] }];
    case "subscription":
      return [{ kind: "price", objects: (list(object.items) ?? []).flatMap(recurringPrices) }];
    default:
      return [];
  }
}

/** The price of a line, as far as it is there; a plan is a price that recurs. */
function pricesOf({ price, plan }: JsonObject): JsonObject[] {
  const [asPrice, asPlan] = [record(price), record(plan)];
  if (asPrice !== null) return [asPlan === null ? asPrice : { ...asPrice, type: "recurring" }];
  return asPlan === null ? [] : [{ ...asPlan, object: "plan" }];
}

/** Whatever an item has for a price recurs. */
function recurringPrices({ price, plan }: JsonObject): JsonObject[] {
  const id = idOf(price) ?? idOf(plan);
  return id === null ? [] : [{ id, type: "recurring" }];
}
