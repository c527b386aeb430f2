import { at, idOf, type JsonObject, list } from "../facts/json.ts";
import { subjectOf, type Way, wayOf } from "./reading_ways.ts";
import { type Answer, type Ask, StripeFault } from "./ask.ts";

/** The result of a read: an object, or a list of objects. */
export interface Reading extends Answer {
  object: JsonObject;
  /** The head of the type of an event about it. */
  head: string;
}

type Get = (path: string) => Promise<Answer>;

/** The most pages of one list that are read, each of a hundred. */
const MOST_PAGES = 50;

/**
 * Reads the object or list of a reference from Stripe: for a payment, `itself` or the objects that point at it.
 * Null: the reference is of an unknown kind, or Stripe has no such object.
 */
export async function read(
  ask: Ask,
  reference: string,
  account: string | null,
  itself: boolean,
): Promise<Reading | null> {
  const way = wayOf(reference, itself);
  if (way === null) return null;
  const get: Get = (path) => ask(path, account);

  const id = subjectOf(reference);
  const { object, stamp } = await get(way.path(id));
  const whole = object === null ? inPlace(way, id) : await entire(way, id, object, get);
  return whole === null ? null : { head: way.kind.head, object: whole, stamp };
}

/** The object to use when Stripe does not have it. */
function inPlace({ kind: { isDeletable } }: Way, id: string): JsonObject | null {
  return isDeletable ? { id, deleted: true } : null;
}

/** An object with its whole inner list, or a list of such objects with all its pages. */
async function entire(way: Way, id: string, object: JsonObject, get: Get): Promise<JsonObject> {
  if (object.object !== "list") return await withAllInside(way, id, object, get);
  const data: JsonObject[] = [];
  for (const member of await allOf(object, way.path(id), get)) {
    const memberId = idOf(member);
    data.push(memberId === null ? member : await withAllInside(way, memberId, member, get));
  }
  return wholeList(data);
}

async function withAllInside(
  { kind: { cutShort } }: Way,
  id: string,
  object: JsonObject,
  get: Get,
): Promise<JsonObject> {
  if (cutShort === undefined || at(object, cutShort.field, "has_more") !== true) return object;

  // Read from the first page: the list inside may be sorted in another way.
  const path = cutShort.path(id);
  return { ...object, [cutShort.field]: wholeList(await allOf(await page(path, get), path, get)) };
}

function wholeList(data: JsonObject[]): JsonObject {
  return { object: "list", data, has_more: false };
}

/** The objects of a list and of all its further pages. Throws if there are too many. */
async function allOf(first: JsonObject, path: string, get: Get): Promise<JsonObject[]> {
  const data = list(first) ?? [];
  let latest = first;
  for (let pages = 1; latest.has_more === true; pages++) {
    const last = idOf(data.at(-1));
    if (last === null || pages >= MOST_PAGES) throw new StripeFault("endless_list");
    latest = await page(`${path}&starting_after=${last}`, get);
    data.push(...list(latest) ?? []);
  }
  return data;
}

/** A missing page is an error and not an empty page, because its objects must not be lost. */
async function page(path: string, get: Get): Promise<JsonObject> {
  const { object } = await get(path);
  if (object === null) throw new StripeFault("missing_page");
  return object;
}
