import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "./json.ts";
import { overlaid } from "./overlaid.ts";

/** What orders two snapshots of the same second. One replaces the other as a whole. */
export interface Snapshot {
  /**
   * By the type of the event: 0 created, 1 trial_will_end and pending_update_*,
   * 2 updated, paused, resumed and funds_*, 3 closed and deleted. A fetched object has 2.
   */
  type_rank: 0 | 1 | 2 | 3;
  /**
   * The fact's own fields that `previous_attributes` says were different before, with their former
   * values, translated like the fact itself; `{}` where the event does not say.
   */
  changed_from: Record<string, unknown>;
}

/** A fact without what orders it. */
export type State<Kept extends Snapshot> = Omit<Kept, keyof Snapshot>;

/**
 * The state of an object, with what orders it among the states of the same second. `read` translates
 * the object as it is, and as `previous_attributes` says it was.
 */
export function snapshot<Kept extends Snapshot>(
  read: (object: JsonObject) => State<Kept>,
  object: JsonObject,
  type: string,
  former: JsonObject | null,
): State<Kept> & Snapshot {
  const state = read(object);
  return {
    ...state,
    type_rank: typeRank(type),
    changed_from: former === null ? {} : changes(state, read(overlaid(object, former))),
  };
}

/** The fields of the former state that the present one does not share. */
function changes(present: object, former: object): Record<string, unknown> {
  const held = new Map<string, unknown>(Object.entries(present));
  return Object.fromEntries(
    Object.entries(former).filter(([field, was]) => !isDeepStrictEqual(was, held.get(field))),
  );
}

/** An object fetched rather than announced ranks as an update. */
function typeRank(type: string): Snapshot["type_rank"] {
  switch (type.slice(type.lastIndexOf(".") + 1)) {
    case "created":
      return 0;
    case "trial_will_end":
    case "pending_update_applied":
    case "pending_update_expired":
      return 1;
    case "closed":
    case "deleted":
      return 3;
    default:
      return 2;
  }
}
