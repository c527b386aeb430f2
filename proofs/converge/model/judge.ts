import type { InboxEvent } from "../../../supabase/functions/_shared/inbox_event.ts";
import type { AccessRow } from "../access.ts";
import { inboxEvent } from "../claim.ts";
import type { ReadyOrder } from "../ready_order.ts";
import { usersOf } from "../lockstep.ts";
import { MODULES } from "../offers.ts";
import { PRICES_READ } from "../stripe/prices.ts";
import { modelAccess } from "./model.ts";
import type { History } from "./history.ts";

/** Compares the database with the model: each row of each user, in every field. */
export function judgeByModel(ready: ReadyOrder, found: Map<string, AccessRow>): string[] {
  const expected = new Map(
    modelAccess(historyOf(ready)).map((row) => [`${row.userId} ${row.module}`, describe(row)]),
  );
  return usersOf(ready).flatMap((userId, index) =>
    MODULES.flatMap((module) => {
      const key = `${userId} ${module}`;
      const [has, should] = [describe(found.get(key)), expected.get(key) ?? describe(undefined)];
      const who = ready.order.claim.personas[index];
      return has === should
        ? []
        : [`${who} ${module}: the database has ${has}, the model ${should}`];
    })
  );
}

/** All deliveries, as input of the model. */
export function historyOf({ order, steps }: ReadyOrder): History {
  const events = steps.flatMap(({ step }) =>
    "event" in step ? JSON.parse(step.event) as InboxEvent : []
  );
  return {
    // The database knows from the start whether the prices of the catalogue recur.
    events: [inboxEvent(PRICES_READ), ...events],
    acts: steps.flatMap(({ step }) => "act" in step ? step : []),
    settings: order.claim.scenario.settings,
  };
}

function describe(row: AccessRow | undefined): string {
  if (row === undefined) return "no row";
  const { isActive, expiresAt, reason, reasonAfter } = row;
  const until = expiresAt === null ? "" : ` until ${new Date(expiresAt * 1000).toISOString()}`;
  return `${isActive ? "open" : "closed"} ${reason}${until}, then ${reasonAfter}`;
}
