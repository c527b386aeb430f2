/** What the model is given, and how it finds facts in it. */

import type { Fact } from "../../../supabase/functions/_shared/facts/kinds.ts";
import type { InboxEvent } from "../../../supabase/functions/_shared/inbox_event.ts";
import type { Act } from "../scenario.ts";
import type { Settings } from "./settings.ts";

/** Everything that ever arrived, as a set; only the acts of people have an order. */
export interface World {
  events: readonly InboxEvent[];
  acts: readonly { act: Act; userId: string }[];
  /** Where they differ from the defaults. */
  settings?: Partial<Settings>;
}

/** A fact, and who said it when. */
export type Said<Kind extends Fact["kind"]> = Extract<Fact, { kind: Kind }> & {
  eventId: string;
  stamp: number;
  isFetch: boolean;
};

/** All facts of one kind, by the id of their object. An event delivered twice counts once. */
export function saidOf<Kind extends Fact["kind"]>(world: World, kind: Kind) {
  const byId = new Map<string, Said<Kind>[]>();
  const heard = new Set<string>();
  for (const event of world.events) {
    if (heard.has(event.id)) continue;
    heard.add(event.id);
    for (const fact of event.facts) {
      if (!isOf(fact, kind)) continue;
      const isFetch = event.type.endsWith(".fetched");
      const said = { ...fact, eventId: event.id, stamp: event.created, isFetch };
      byId.set(fact.id, [...byId.get(fact.id) ?? [], said]);
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
