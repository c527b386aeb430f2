import { type JsonObject, record, text } from "./json.ts";

/** No fact is read from deeper in an object. Below that, the former value replaces the present one. */
const DEPTH = 8;

/**
 * The former state of an object, according to `previous_attributes`. An object there has only the fields
 * that were different (`null`: absent). Any other value replaces the present one. A list gets its former length.
 */
export function overlaid(object: JsonObject, former: JsonObject): JsonObject {
  return overlay(object, former, DEPTH);
}

function overlay(object: JsonObject, former: JsonObject, depth: number): JsonObject {
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
  return present !== null && former !== null ? overlay(present, former, depth) : was;
}

/** The member with the same id. Without an id, the member in the same place. */
function sameMember(members: unknown[], former: unknown, place: number): unknown {
  const id = text(record(former)?.id);
  return id === null ? members[place] : members.find((member) => record(member)?.id === id);
}
