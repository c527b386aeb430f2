import { row } from "../_shared/data_api.ts";
import { idOf } from "../_shared/facts/json.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import { Refusal } from "../_shared/problem.ts";
import { fetchedEvent } from "../_shared/stripe/fetching.ts";
import { type Place, placeAfter, placeAt, written } from "./lists.ts";
import { type Page, readPage, StalePlace } from "./page.ts";
import { applyEvents, type Deps, type Part, type Slice } from "./deps.ts";

/** A row of `sesame_begin_rebuild`. */
interface Rebuild {
  run: string;
  /** Null: it is done. */
  after: string | null;
}

/**
 * Reads every object that decides access, from the newest to the oldest. Each becomes an event with the
 * time of its fetch as stamp, so that nothing newer is undone.
 */
export async function rebuild(deps: Deps, slice: Slice): Promise<Part> {
  const { accounts } = deps.ours;
  const part: Part = { done: 0, failed: 0, after: await startOf(deps, slice) };
  while (part.after !== null && performance.now() < slice.until) {
    const place = placeAt(part.after, accounts);
    if (place === null) throw new Refusal("stale_next");
    const page = await pageAt(deps, place);
    const events = await eventsOf(deps, place, page);
    part.failed += await applyEvents(deps, slice, events);
    part.done += events.length;

    const next = page.isLast ? placeAfter(place, accounts) : { ...place, last: page.last ?? "" };
    part.after = next === null ? null : written(next);
    if (!slice.isRehearsal) await keep(deps, slice.run, part.after);
  }
  return part;
}

/** Begins a rebuild by this name, or continues an interrupted one. */
export function beginRebuild({ call }: Deps, run: string): Promise<Rebuild> {
  return row<Rebuild>(call, "sesame_begin_rebuild", { requested: run });
}

/** The stored place counts, not the caller's: a caller may have missed an answer. */
async function startOf(deps: Deps, { run, after, isRehearsal }: Slice): Promise<string | null> {
  return isRehearsal ? after : (await beginRebuild(deps, run)).after;
}

async function keep({ call }: Deps, run: string, after: string | null): Promise<void> {
  await call("sesame_keep_rebuild", JSON.stringify({ run, after }));
}

/** Begins the list again where its last object is deleted at Stripe. */
async function pageAt({ ask }: Deps, { path, account, last }: Place): Promise<Page> {
  try {
    return await readPage(ask, path, account, last);
  } catch (error) {
    if (!(error instanceof StalePlace)) throw error;
    return await readPage(ask, path, account, "");
  }
}

function eventsOf(
  { ours: { livemode } }: Deps,
  { head, account }: Place,
  { objects, stamp }: Page,
): Promise<InboxEvent[]> {
  return Promise.all(objects.map(async (object) => ({
    ...await fetchedEvent({ head, object, stamp }, idOf(object) ?? ""),
    livemode,
    account,
  })));
}
