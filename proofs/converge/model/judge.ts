import type { InboxEvent } from "../../../supabase/functions/_shared/inbox_event.ts";
import type { AccessRow } from "../access.ts";
import { inboxEvent } from "../claim.ts";
import type { Drawn } from "../drawn.ts";
import { usersOf } from "../lockstep.ts";
import { MODULES } from "../offers.ts";
import { PRICES_READ } from "../stripe/prices.ts";
import { modelAccess } from "./model.ts";
import type { World } from "./world.ts";

/** Compares the database with the model: each row of each user, in every field. */
export function judgeByModel(drawn: Drawn, found: Map<string, AccessRow>): string[] {
  const expected = new Map(
    modelAccess(worldOf(drawn)).map((row) => [`${row.userId} ${row.module}`, told(row)]),
  );
  return usersOf(drawn).flatMap((userId, index) =>
    MODULES.flatMap((module) => {
      const key = `${userId} ${module}`;
      const [has, should] = [told(found.get(key)), expected.get(key) ?? told(undefined)];
      const who = drawn.order.claim.personas[index];
      return has === should
        ? []
        : [`${who} ${module}: the database has ${has}, the model ${should}`];
    })
  );
}

/** All that was delivered, as the model takes it. */
export function worldOf({ order, steps }: Drawn): World {
  const told = steps.flatMap(({ step }) =>
    "event" in step ? JSON.parse(step.event) as InboxEvent : []
  );
  return {
    // The database knows from the start how the prices of the catalogue are paid.
    events: [inboxEvent(PRICES_READ), ...told],
    acts: steps.flatMap(({ step }) => "act" in step ? step : []),
    settings: order.claim.scenario.settings,
  };
}

function told(row: AccessRow | undefined): string {
  if (row === undefined) return "no row";
  const { isActive, expiresAt, reason, reasonAfter } = row;
  const until = expiresAt === null ? "" : ` until ${new Date(expiresAt * 1000).toISOString()}`;
  return `${isActive ? "open" : "closed"} ${reason}${until}, then ${reasonAfter}`;
}
