import { type JsonObject, record, text } from "./json.ts";

/** No fact is read from deeper in an object. Below that, the former value replaces the present one. */
const DEPTH = 8;

/**
 * The object as `previous_attributes` says it was. An object there names only the fields that were
 * different (`null`: absent). Any other value replaces the present one. A list is as long as it was.
 */
export function overlaid(object: JsonObject, former: JsonObject): JsonObject {
  return laidOver(object, former, DEPTH);
}

function laidOver(object: JsonObject, former: JsonObject, depth: number): JsonObject {
  const was = Object.entries(former).map(([field, value]) => [
    field,
    valueBefore(object[field], value, depth - 1),
  ]);
  return { ...object, ...Object.fromEntries(was) };
}

function valueBefore(is: unknown, was: unknown, depth: number): unknown {
  if (depth === 0) return was;
  if (Array.isArray(is) && Array.isArray(was)) {
    return was.map((member, place) => valueBefore(sameMember(is, member, place), member, depth));
  }
  const [present, former] = [record(is), record(was)];
  return present !== null && former !== null ? laidOver(present, former, depth) : was;
}

/** The member with the same id. Without an id, the member in the same place. */
function sameMember(members: unknown[], former: unknown, place: number): unknown {
  const id = text(record(former)?.id);
  return id === null ? members[place] : members.find((member) => record(member)?.id === id);
}
