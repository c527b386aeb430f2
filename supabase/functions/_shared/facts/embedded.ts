import type { Fact } from "./fact.ts";
import { at, type JsonObject, list } from "./json.ts";

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
export function embedded(kind: Fact["kind"], object: JsonObject): Embedded | null {
  switch (kind) {
    case "checkout_session":
      return { kind: "payment_intent", objects: list([object.payment_intent]) ?? [] };
    case "payment_intent":
      // Up to 2022-08-01 a list; since then one expandable field.
      return {
        kind: "charge",
        objects: list(object.charges) ?? list([object.latest_charge]) ?? [],
      };
    case "invoice":
      return { kind: "invoice_payment", objects: list(object.payments) ?? [] };
    case "invoice_payment":
      return {
        kind: "payment_intent",
        objects: list([at(object, "payment", "payment_intent")]) ?? [],
      };
    case "charge":
      return { kind: "refund", objects: list(object.refunds) ?? [] };
    default:
      return null;
  }
}
