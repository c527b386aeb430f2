/** Lists as Stripe returns them: the newest first, in pages, and each object by its id. */

import type { Kind, Kinds, List } from "./objects.ts";
import { invalidRequest, noSuch } from "./stripe_error.ts";
import type { Call, Resource, StripeDeps } from "./deps.ts";

type Params = Record<string, unknown>;

/** The parameters for paging and expanding. */
const PAGING: ReadonlySet<string> = new Set([
  "limit",
  "starting_after",
  "ending_before",
  "created",
  "expand",
]);

/** Whether an object matches a parameter of the list. */
export type Meant<Object> = (object: Object, name: string, value: unknown) => boolean;

/** The two ways to read a kind of object: all of them, and one. */
export function readable<K extends Kind>(
  kind: K,
  path: string,
  isMeant: Meant<Kinds[K]> = hasField,
): Resource {
  return {
    [`GET ${path}`]: ({ params }, { store }) => {
      const meant = store.all(kind).filter((object) => isListed(object, params, isMeant));
      return pageOf(meant, params, path);
    },
    [`GET ${path}/:id`]: (call, deps) => existing(kind, call, deps),
  };
}

/** The object in the path. Throws `resource_missing`. */
export function existing<K extends Kind>(kind: K, { id }: Call, { store }: StripeDeps): Kinds[K] {
  const object = store.find(kind, id);
  if (object === null) throw noSuch(kind, id);
  return object;
}

/** One page of a list. */
export function pageOf<Member extends { id: string }>(
  all: Member[],
  { limit = 10, starting_after, ending_before }: Params,
  url: string,
): List<Member> {
  const most = Number(limit);
  if (most < 1 || most > 100) {
    throw invalidRequest("This value must be between 1 and 100.", { param: "limit" });
  }
  const from = starting_after === undefined ? 0 : placeOf(starting_after, all) + 1;
  const to = ending_before === undefined ? all.length : placeOf(ending_before, all);
  const rest = all.slice(from, to);
  // With ending_before, the page ends just before that object.
  const data = ending_before === undefined ? rest.slice(0, most) : rest.slice(-most);
  return { object: "list", data, has_more: data.length < rest.length, url };
}

export function hasField(object: object, name: string, value: unknown): boolean {
  return new Map<string, unknown>(Object.entries(object)).get(name) === value;
}

function isListed<Object extends { created: number }>(
  object: Object,
  params: Params,
  isMeant: Meant<Object>,
): boolean {
  return isWithin(object.created, params.created) &&
    Object.entries(params).every(([name, value]) =>
      PAGING.has(name) || isMeant(object, name, value)
    );
}

function isWithin(created: number, range: unknown): boolean {
  if (typeof range === "number") return created === range;
  const { gt, gte, lt, lte } = (range ?? {}) as Record<string, number | undefined>;
  return (gt === undefined || created > gt) && (gte === undefined || created >= gte) &&
    (lt === undefined || created < lt) && (lte === undefined || created <= lte);
}

function placeOf(id: unknown, all: { id: string }[]): number {
  const place = all.findIndex((object) => object.id === id);
  if (place === -1) throw noSuch("object", String(id), "starting_after");
  return place;
}
