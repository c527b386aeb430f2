import type { JsonObject } from "./json.ts";
import { overlaid } from "./overlaid.ts";

/** The fields that order two snapshots of the same second. One replaces the other completely. */
export interface Snapshot {
  /**
   * By the type of the event: 0 created, 1 trial_will_end and pending_update_*,
   * 2 updated, paused, resumed and funds_*, 3 closed and deleted. A fetched object has 2.
   */
  type_rank: 0 | 1 | 2 | 3;
  /**
   * The fields of the fact that `previous_attributes` says were different, with their former values,
   * translated like the fact itself; `{}` if the event has no such fields.
   */
  changed_from: Record<string, unknown>;
}

/** A fact without the fields that order it. */
export type State<Kept extends Snapshot> = Omit<Kept, keyof Snapshot>;

/**
 * The state of an object, with the fields that order it among the states of the same second. `read`
 * translates both the present object and the former one from `previous_attributes`.
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

/**
 * The fields of the former state that differ from the present one. One reader made both states, so equal
 * values have equal texts. `node:util` compares too, but to load it would be most of a function's start.
 */
function changes(present: object, former: object): Record<string, unknown> {
  const held = new Map<string, unknown>(Object.entries(present));
  return Object.fromEntries(
    Object.entries(former).filter(([field, was]) =>
      JSON.stringify(was) !== JSON.stringify(held.get(field))
    ),
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
