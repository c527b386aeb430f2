import { texts } from "../_shared/data_api.ts";
import { wantedBy } from "../_shared/stripe/fetching.ts";
import { StripeFault } from "../_shared/stripe/ask.ts";
import { applyEvents, type Deps, type Part, type Slice } from "./deps.ts";

/** How many references one call gets. */
const AT_ONCE = 50;

/** Reads the pending objects from Stripe. */
export async function readPending(deps: Deps, slice: Slice): Promise<Part> {
  const part: Part = { done: 0, failed: 0, after: slice.after };
  while (part.after !== null && performance.now() < slice.until) {
    const references = await pendingAfter(deps, part.after);
    for (const reference of references) {
      if (!await readOne(deps, slice, reference)) part.failed++;
      part.done++;
      part.after = reference;
      if (performance.now() >= slice.until) return part;
    }
    if (references.length < AT_ONCE) part.after = null;
  }
  return part;
}

function pendingAfter({ call }: Deps, after: string): Promise<string[]> {
  return texts(call, "sesame_pending_reads", { after, most: AT_ONCE });
}

/** False if Stripe did not answer, or its answer could not be applied. The next round tries again. */
async function readOne(deps: Deps, slice: Slice, reference: string): Promise<boolean> {
  if (slice.isRehearsal) return true;
  try {
    return await applyEvents(deps, slice, await deps.fetchObject(wantedBy(reference))) === 0;
  } catch (error) {
    if (error instanceof StripeFault) return false;
    throw error;
  }
}
