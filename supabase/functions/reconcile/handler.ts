import { flag, oneOf, record, text } from "../_shared/facts/json.ts";
import { jsonBody } from "../_shared/json_body.ts";
import { type Handler, invalid } from "../_shared/problem.ts";
import type { RequireSecretKey } from "../_shared/secret_key.ts";
import { replayFailed } from "./failed.ts";
import { bringMissed } from "./missed.ts";
import { readPending } from "./pending.ts";
import type { Part, World } from "./world.ts";

/** Milliseconds of one call; the platform ends what takes 150 seconds. */
const TIME_LIMIT = 60_000;

/** In this order: what failed may have failed for want of what never came. */
const PARTS = ["missed", "failed", "pending"] as const;

type PartName = typeof PARTS[number];

/** Where a round stands. */
interface Next {
  part: PartName;
  after: string;
}

/** Does as much of a round as one call may, and says where the next call goes on. */
export function reconcile(
  world: World,
  requireSecretKey: RequireSecretKey,
  timeLimit = TIME_LIMIT,
): Handler {
  return async (request, line) => {
    await requireSecretKey(request);
    const { all, next } = readWish(await jsonBody(request));
    const until = performance.now() + timeLimit;
    const report: Partial<Record<PartName, Omit<Part, "after">>> = {};

    let at: Next | null = next;
    while (at !== null && performance.now() < until) {
      const { after, ...came } = await perform(at, world, until, all);
      report[at.part] = came;
      at = after === null ? following(at.part) : { part: at.part, after };
    }
    line.outcome = at === null ? "done" : "more";
    return Response.json({ ...report, next: at });
  };
}

function perform({ part, after }: Next, world: World, until: number, all: boolean): Promise<Part> {
  const turn = { after, until };
  switch (part) {
    case "missed":
      return bringMissed(world, turn, all);
    case "failed":
      return replayFailed(world, turn);
    case "pending":
      return readPending(world, turn);
  }
}

function following(part: PartName): Next | null {
  const next = PARTS[PARTS.indexOf(part) + 1];
  return next === undefined ? null : { part: next, after: "" };
}

/** `{all?, next?}`: nothing begins a round, `next` of an answer goes on with one. */
function readWish(body: Record<string, unknown>): { all: boolean; next: Next } {
  const all = body.all === undefined ? false : flag(body.all);
  if (all === null) throw invalid("all must be true or false.");
  if (body.next === undefined || body.next === null) {
    return { all, next: { part: "missed", after: "" } };
  }

  const given = record(body.next);
  const part = oneOf(PARTS, given?.part);
  const after = text(given?.after) ?? "";
  if (part === null || !/^[\w/]{0,255}$/.test(after)) {
    throw invalid("next must be what the last answer said.");
  }
  return { all, next: { part, after } };
}
