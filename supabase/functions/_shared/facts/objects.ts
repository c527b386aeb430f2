import { at, idOf, type JsonObject, list, record, text } from "./json.ts";
import { type FactKind, kindOf } from "./kinds.ts";

/** One object in an event. */
export interface EventObject {
  kind: FactKind;
  id: string;
  object: JsonObject;
  /** The type of the event. */
  type: string;
  /** The `previous_attributes` of the object; null: there are none. */
  former: JsonObject | null;
}

/** All objects of an event that are facts: its own or those of a fetched list, and the objects inside them. */
export function objectsOf(event: unknown): EventObject[] {
  const type = text(at(event, "type"));
  const object = record(at(event, "data", "object"));
  if (type === null || object === null) return [];
  const kind = kindOf(type);
  if (kind === null) return [];

  const former = record(at(event, "data", "previous_attributes"));
  const members = object.object === "list" ? list(object) ?? [] : [object];
  return members.flatMap((member) => withInner(kind, member, type, former));
}

function withInner(
  kind: FactKind,
  object: JsonObject,
  type: string,
  former: JsonObject | null,
): EventObject[] {
  const id = idOf(object);
  if (id === null) return [];

  const inner = (kind.inside ?? []).flatMap((inside) =>
    inside.find(object).flatMap((one) => withInner(inside.kind, one, type, null))
  );
  return [{ kind, id, object, type, former }, ...inner];
}
