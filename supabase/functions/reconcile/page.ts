import { idOf, type JsonObject, list } from "../_shared/facts/json.ts";
import { type Ask, StripeFault } from "../_shared/stripe/stripe_api.ts";

/** One page of one of Stripe's lists. */
export interface Page {
  objects: JsonObject[];
  /** When it was asked for, by Stripe's clock. */
  stamp: number;
  /** The id from which the next page goes on; null: nothing was on this one. */
  last: string | null;
  isLast: boolean;
}

/** The page of a list, whose path has its parameters, that follows an id; "": the first one. */
export async function readPage(
  ask: Ask,
  path: string,
  account: string | null,
  after: string,
): Promise<Page> {
  const start = after === "" ? "" : `&starting_after=${after}`;
  const { object, stamp } = await ask(path + start, account);
  if (object === null) throw new StripeFault("missing_page");
  const objects = list(object.data) ?? [];
  const last = idOf(objects.at(-1));
  return { objects, stamp, last, isLast: object.has_more !== true || last === null };
}
