/** The webhook endpoint at Stripe: which there is, what it lacks, and one that is made. */

import type Stripe from "stripe";
import { isAt } from "../doctor/checks/endpoint.ts";
import { NEEDED_EVENTS } from "../endpoint/needed_events.ts";

export type Endpoint = Stripe.WebhookEndpoint;

type EventTypes = Stripe.WebhookEndpointCreateParams["enabled_events"];

/** On an endpoint from its making until its secret is set: Stripe shows that only once. */
const UNFINISHED = "sesame_setup";

export interface Endpoints {
  /** Null: none whose secret anybody ever had. */
  ours: Endpoint | null;
  /** Made by a setup that ended before their secret was set. Nobody can know it any more. */
  unfinished: Endpoint[];
}

export async function findEndpoints(stripe: Stripe, url: string): Promise<Endpoints> {
  const all = await stripe.webhookEndpoints.list({ limit: 100 })
    .autoPagingToArray({ limit: 1_000 });
  // The oldest first, as the doctor takes them.
  const here = all.reverse().filter((endpoint) => isAt(endpoint.url, url));
  const isUnfinished = ({ metadata }: Endpoint) => metadata[UNFINISHED] !== undefined;
  return {
    ours: here.find((endpoint) => !isUnfinished(endpoint)) ?? null,
    unfinished: here.filter(isUnfinished),
  };
}

/** What is amiss with an endpoint, and the change that mends it. */
export interface Repair {
  says: string[];
  change: Stripe.WebhookEndpointUpdateParams;
}

export function repairOf({ url, status, enabled_events }: Endpoint, region: string | null): Repair {
  const hears = (type: string) => enabled_events.includes(type) || enabled_events.includes("*");
  const missing = NEEDED_EVENTS.filter((type) => !hears(type));
  const wanted = region === null ? url : inRegion(url.split("?")[0] ?? "", region);
  const says: string[] = [];
  const change: Stripe.WebhookEndpointUpdateParams = {};
  if (status !== "enabled") {
    says.push("enable it");
    change.disabled = false;
  }
  if (missing.length > 0) {
    says.push(`have it hear of ${missing.join(", ")}`);
    change.enabled_events = [...enabled_events, ...missing] as EventTypes;
  }
  if (url !== wanted) {
    says.push(`send to ${wanted}`);
    change.url = wanted;
  }
  return { says, change };
}

export function inRegion(url: string, region: string | null): string {
  return region === null ? url : `${url}?forceFunctionRegion=${region}`;
}

/** Answers its id, and the secret that its deliveries are signed with. */
export async function createEndpoint(
  stripe: Stripe,
  url: string,
): Promise<{ id: string; secret: string }> {
  const { id, secret } = await stripe.webhookEndpoints.create({
    url,
    enabled_events: [...NEEDED_EVENTS],
    metadata: { [UNFINISHED]: "unfinished" },
  });
  if (secret === undefined) throw new Error("Stripe created no endpoint");
  return { id, secret };
}

/** From now on it is kept by whoever sets up again. */
export async function finishEndpoint(stripe: Stripe, id: string): Promise<void> {
  await stripe.webhookEndpoints.update(id, { metadata: { [UNFINISHED]: "" } });
}
