/** The input of the model: all events and acts, and the facts in them. */

import type { Fact } from "../../../supabase/functions/_shared/facts/kinds.ts";
import type { InboxEvent } from "../../../supabase/functions/_shared/inbox_event.ts";
import type { Act } from "../scenario.ts";
import type { Settings } from "./settings.ts";

/** Every event that arrived, as a set, and every act of a person, in order. */
export interface History {
  events: readonly InboxEvent[];
  acts: readonly { act: Act; userId: string }[];
  /** The settings that differ from the defaults. */
  settings?: Partial<Settings>;
}

/** A fact, with the event that reported it. */
export type ReportedFact<Kind extends Fact["kind"]> = Extract<Fact, { kind: Kind }> & {
  eventId: string;
  stamp: number;
  isFetch: boolean;
};

/** All facts of one kind, by the id of their object. An event delivered twice counts once. */
export function reportsOf<Kind extends Fact["kind"]>(history: History, kind: Kind) {
  const byId = new Map<string, ReportedFact<Kind>[]>();
  const seen = new Set<string>();
  for (const event of history.events) {
    if (seen.has(event.id)) continue;
    seen.add(event.id);
    for (const fact of event.facts) {
      if (!isOf(fact, kind)) continue;
      const isFetch = event.type.endsWith(".fetched");
      const reported = { ...fact, eventId: event.id, stamp: event.created, isFetch };
      byId.set(fact.id, [...byId.get(fact.id) ?? [], reported]);
    }
  }
  return byId;
}

function isOf<Kind extends Fact["kind"]>(
  fact: Fact,
  kind: Kind,
): fact is Extract<Fact, { kind: Kind }> {
  return fact.kind === kind;
}
