import { jsonBody } from "../_shared/json_body.ts";
import type { Handler } from "../_shared/problem.ts";
import type { RequireSecretKey } from "../_shared/secret_key.ts";
import { replayFailed } from "./failed.ts";
import { bringMissed } from "./missed.ts";
import { readPending } from "./pending.ts";
import { beginRebuild, rebuild } from "./rebuild.ts";
import { following, type Next, type PartName, readWish, type Wish } from "./wish.ts";
import type { Part, Turn, World } from "./world.ts";

/** Does as much of a round as one call may, and says where the next call goes on. */
export function reconcile(
  world: World,
  requireSecretKey: RequireSecretKey,
  timeLimit = Infinity,
): Handler {
  return async (request, line) => {
    await requireSecretKey(request);
    const wish = readWish(await jsonBody(request));
    const until = performance.now() + Math.min(1_000 * wish.seconds, timeLimit);
    const run = wish.run ?? await newRun(world, wish);
    const report: Partial<Record<PartName, Omit<Part, "after">>> = {};

    let at: Next | null = wish.next ?? { part: "missed", after: "" };
    while (at !== null && performance.now() < until) {
      const turn = { run, after: at.after, until, isRehearsal: wish.isRehearsal };
      const { after, ...came } = await perform(at.part, world, turn, wish);
      report[at.part] = came;
      at = after === null ? following(at.part, wish) : { part: at.part, after };
    }
    line.outcome = at === null ? "done" : "more";
    return Response.json({ run, ...report, next: at });
  };
}

/** A rebuild that was left in the middle keeps its name, so that its report is whole. */
async function newRun(world: World, { objects, isRehearsal }: Wish): Promise<string> {
  const run = crypto.randomUUID();
  return objects && !isRehearsal ? (await beginRebuild(world, run)).run : run;
}

function perform(part: PartName, world: World, turn: Turn, { all }: Wish): Promise<Part> {
  switch (part) {
    case "missed":
      return bringMissed(world, turn, all);
    case "failed":
      return replayFailed(world, turn);
    case "objects":
      return rebuild(world, turn);
    case "pending":
      return readPending(world, turn);
  }
}
