import { texts } from "../_shared/data_api.ts";
import { wantedBy } from "../_shared/stripe/fetching.ts";
import { StripeFault } from "../_shared/stripe/stripe_api.ts";
import { handIn, type Part, type Turn, type World } from "./world.ts";

/** How many references are asked for at once. */
const AT_ONCE = 50;

/** Reads from Stripe what only Stripe can settle. */
export async function readPending(world: World, turn: Turn): Promise<Part> {
  const part: Part = { done: 0, failed: 0, after: turn.after };
  while (part.after !== null && performance.now() < turn.until) {
    const references = await pendingAfter(world, part.after);
    for (const reference of references) {
      if (!await readOne(world, turn, reference)) part.failed++;
      part.done++;
      part.after = reference;
      if (performance.now() >= turn.until) return part;
    }
    if (references.length < AT_ONCE) part.after = null;
  }
  return part;
}

function pendingAfter({ call }: World, after: string): Promise<string[]> {
  return texts(call, "sesame_pending_reads", { after, most: AT_ONCE });
}

/** False where Stripe gave no answer, or one that could not be applied; the next round asks again. */
async function readOne(world: World, turn: Turn, reference: string): Promise<boolean> {
  if (turn.isRehearsal) return true;
  try {
    return await handIn(world, turn, await world.fetchObject(wantedBy(reference))) === 0;
  } catch (error) {
    if (error instanceof StripeFault) return false;
    throw error;
  }
}
