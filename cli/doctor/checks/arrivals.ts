import type Stripe from "stripe";
import { NEEDED_EVENTS } from "../../../stripe/needed_events.ts";
import { type Check, REACHABLE, STRIPE } from "../check.ts";
import type { Project } from "../project.ts";

/** Of the newest events. Stripe keeps them for 30 days; reconcile fetches older ones. */
const MOST = 1_000;

const DAYS = 30;

export const check: Check = {
  title: "every event that Stripe has sent has arrived",
  codes: ["event_never_arrived"],
  needs: [STRIPE, REACHABLE],
  async look(project) {
    const lost = await lostEvents(project);
    return lost.map(({ id, type }) => ({
      code: "event_never_arrived",
      about: `${id} ${type}`,
      plan: `fetch ${id} from Stripe`,
    }));
  },
};

async function lostEvents(project: Project): Promise<Stripe.Event[]> {
  const now = Math.floor(Date.now() / 1_000);
  const listed = await project.stripe?.client.events
    .list({ limit: 100, created: { gte: now - DAYS * 24 * 3_600 } })
    .autoPagingToArray({ limit: MOST }) ?? [];
  const due = listed.filter(({ type, created }) =>
    (NEEDED_EVENTS as readonly string[]).includes(type) && created <= now - project.patience
  );
  const ids = JSON.stringify({ event_ids: due.map(({ id }) => id) });
  const unknown = new Set(await project.call("sesame_missing_events", ids) as string[]);
  return due.filter(({ id }) => unknown.has(id));
}
