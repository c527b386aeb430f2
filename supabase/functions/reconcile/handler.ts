import { jsonBody } from "../_shared/json_body.ts";
import type { Handler } from "../_shared/problem.ts";
import type { RequireSecretKey } from "../_shared/secret_key.ts";
import { replayFailed } from "./failed.ts";
import { bringMissed } from "./missed.ts";
import { readPending } from "./pending.ts";
import { beginRebuild, rebuild } from "./rebuild.ts";
import { type Next, type Options, partAfter, type PartName, readOptions } from "./options.ts";
import { foldUnfolded } from "./unfolded.ts";
import type { Deps, Part, Slice } from "./deps.ts";

/** Does as much of a round as fits into one call, and answers the place where the next call continues. */
export function reconcile(
  deps: Deps,
  requireSecretKey: RequireSecretKey,
  timeLimit = Infinity,
): Handler {
  return async (request, line) => {
    await requireSecretKey(request);
    const options = readOptions(await jsonBody(request));
    const until = performance.now() + Math.min(1_000 * options.seconds, timeLimit);
    const run = options.run ?? await newRun(deps, options);
    const report: Partial<Record<PartName, Omit<Part, "after">>> = {};

    let at: Next | null = options.next ?? { part: "missed", after: "" };
    while (at !== null && performance.now() < until) {
      const slice = { run, after: at.after, until, isRehearsal: options.isRehearsal };
      const { after, ...done } = await perform(at.part, deps, slice, options);
      report[at.part] = done;
      at = after === null ? partAfter(at.part, options) : { part: at.part, after };
    }
    line.outcome = at === null ? "done" : "more";
    return Response.json({ run, ...report, next: at });
  };
}

/** An interrupted rebuild keeps its name, so that its report is complete. */
async function newRun(deps: Deps, { objects, isRehearsal }: Options): Promise<string> {
  const run = crypto.randomUUID();
  return objects && !isRehearsal ? (await beginRebuild(deps, run)).run : run;
}

function perform(part: PartName, deps: Deps, slice: Slice, { all }: Options): Promise<Part> {
  switch (part) {
    case "missed":
      return bringMissed(deps, slice, all);
    case "failed":
      return replayFailed(deps, slice);
    case "objects":
      return rebuild(deps, slice);
    case "pending":
      return readPending(deps, slice);
    case "unfolded":
      return foldUnfolded(deps, slice);
  }
}
