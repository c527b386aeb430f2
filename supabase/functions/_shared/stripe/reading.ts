import { at, idOf, type JsonObject, list } from "../facts/json.ts";
import { type Way, wayOf } from "./reading_ways.ts";
import { type Answer, type Ask, StripeFault } from "./stripe_api.ts";

/** What was read: an object, or a list of objects. */
export interface Reading extends Answer {
  object: JsonObject;
  /** The head of the type of an event about it. */
  head: string;
}

type Get = (path: string) => Promise<Answer>;

/** The most pages of one list that are read, each of a hundred. */
const MOST_PAGES = 50;

/**
 * Reads from Stripe what an id stands for: of a payment, `itself` or else what points at it. Null:
 * it is no id of a kind we know, or Stripe has nothing there.
 */
export async function read(
  ask: Ask,
  id: string,
  account: string | null,
  itself: boolean,
): Promise<Reading | null> {
  const way = wayOf(id, itself);
  if (way === null) return null;
  const get: Get = (path) => ask(path, account);

  const { object, stamp } = await get(way.path(id));
  const whole = object === null ? inPlace(way, id) : await entire(way, id, object, get);
  return whole === null ? null : { head: way.head, object: whole, stamp };
}

/** What stands for an object that Stripe does not have. */
function inPlace({ isDeletable }: Way, id: string): JsonObject | null {
  return isDeletable ? { id, deleted: true } : null;
}

async function entire(way: Way, id: string, object: JsonObject, get: Get): Promise<JsonObject> {
  if (object.object === "list") return await allOf(object, way.path(id), get);
  const { inner } = way;
  if (inner === undefined || at(object, inner.field, "has_more") !== true) return object;

  // From its own first page: the list inside may be sorted in another way.
  const path = inner.path(id);
  return { ...object, [inner.field]: await allOf(await page(path, get), path, get) };
}

/** A list with all its further pages. Throws where there are too many. */
async function allOf(first: JsonObject, path: string, get: Get): Promise<JsonObject> {
  const data = list(first) ?? [];
  let latest = first;
  for (let pages = 1; latest.has_more === true; pages++) {
    const last = idOf(data.at(-1));
    if (last === null || pages >= MOST_PAGES) throw new StripeFault("endless_list");
    latest = await page(`${path}&starting_after=${last}`, get);
    data.push(...list(latest) ?? []);
  }
  return { object: "list", data, has_more: false };
}

/** A page that is not there is no empty one: nobody may lose what stands on it. */
async function page(path: string, get: Get): Promise<JsonObject> {
  const { object } = await get(path);
  if (object === null) throw new StripeFault("missing_page");
  return object;
}
