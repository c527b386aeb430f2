import { at, idOf, type JsonObject, list, record, text } from "./json.ts";
import { type FactKind, kindOf } from "./kinds.ts";

/** One object that an event speaks of. */
export interface EventObject {
  kind: FactKind;
  id: string;
  object: JsonObject;
  /** The type of the event. */
  type: string;
  /** What `previous_attributes` says of it; null: nothing. */
  former: JsonObject | null;
}

/** All objects of an event that are facts: its own, or those of a fetched list, and those inside. */
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
