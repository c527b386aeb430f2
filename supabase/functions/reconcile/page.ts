import { idOf, type JsonObject, list } from "../_shared/facts/json.ts";
import { Refusal } from "../_shared/problem.ts";
import { type Answer, type Ask, StripeFault } from "../_shared/stripe/ask.ts";

/** One page of one of Stripe's lists. */
export interface Page {
  objects: JsonObject[];
  /** When the request started, by Stripe's clock. */
  stamp: number;
  /** The id after which the next page begins; null: this page is empty. */
  last: string | null;
  isLast: boolean;
}

/** Stripe does not know the id before the page: the object is deleted, or older than its list. */
export class StalePlace extends Refusal {
  override name = "StalePlace";

  constructor() {
    super("stale_next");
  }
}

/**
 * The page of a list after an id; "": the first page. `path` has the parameters of the list. Throws
 * `StalePlace`.
 */
export async function readPage(
  ask: Ask,
  path: string,
  account: string | null,
  after: string,
): Promise<Page> {
  const { object, stamp } = after === ""
    ? await ask(path, account)
    : await askAfter(ask, path, account, after);
  if (object === null) throw after === "" ? new StripeFault("missing_page") : new StalePlace();
  const objects = list(object.data) ?? [];
  const last = idOf(objects.at(-1));
  return { objects, stamp, last, isLast: object.has_more !== true || last === null };
}

/** A 400 means that Stripe does not know the id: the rest of the path is ours. */
async function askAfter(
  ask: Ask,
  path: string,
  account: string | null,
  after: string,
): Promise<Answer> {
  try {
    return await ask(`${path}&starting_after=${after}`, account);
  } catch (error) {
    const isRefused = error instanceof StripeFault && error.more.reason === "HTTP 400";
    throw isRefused ? new StalePlace() : error;
  }
}
