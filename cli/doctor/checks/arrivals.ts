import type Stripe from "stripe";
import { NEEDED_EVENTS } from "../../../stripe/needed_events.ts";
import { type Check, REACHABLE, STRIPE } from "../check.ts";
import { reconcile } from "../reconcile.ts";
import type { Project } from "../project.ts";

/** How many of the newest events are compared. Stripe keeps them for 30 days; reconcile brings older ones. */
const MOST = 1_000;

const DAYS = 30;

export const arrivals: Check = {
  title: "every event of Stripe has arrived",
  needs: [STRIPE, REACHABLE],
  async look(project) {
    const lost = await lostEvents(project);
    return lost.map(({ id, type }) => ({
      code: "event_never_arrived",
      about: `${id} ${type}`,
      plan: `bring ${id} from Stripe`,
    }));
  },
  fix: async (project) => [await reconcile(project)],
};

async function lostEvents(project: Project): Promise<Stripe.Event[]> {
  const now = Math.floor(Date.now() / 1_000);
  const events = await project.stripe?.client.events
    .list({ limit: 100, created: { gte: now - DAYS * 24 * 3_600 } })
    .autoPagingToArray({ limit: MOST }) ?? [];
  const due = events.filter(({ type, created }) =>
    (NEEDED_EVENTS as readonly string[]).includes(type) && created <= now - project.patience
  );
  const ids = JSON.stringify({ event_ids: due.map(({ id }) => id) });
  const unknown = new Set(await project.call("sesame_missing_events", ids) as string[]);
  return due.filter(({ id }) => unknown.has(id));
}
