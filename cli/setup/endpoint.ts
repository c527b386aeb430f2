/** The webhook endpoint at Stripe: finds it, compares it, and creates it. */

import type Stripe from "stripe";
import { UserError } from "../../local/terminal.ts";
import { isAt } from "../doctor/checks/endpoint.ts";
import { API_VERSION } from "../../stripe/api_version.ts";
import { ownerOf } from "../endpoint/endpoint_owner.ts";
import { missingEvents, NEEDED_EVENTS, withMissing } from "../../stripe/needed_events.ts";
import { task } from "../../diagnosis/task_command.ts";

export type Endpoint = Stripe.WebhookEndpoint;

/** In the metadata of an endpoint until its secret is set: Stripe shows the secret only once. */
const UNFINISHED = "sesame_setup";

export interface Endpoints {
  /** The endpoint in use; null: there is none with a known secret. */
  ours: Endpoint | null;
  /** Made by a setup that ended before the secret was set. The secret is lost. */
  unfinished: Endpoint[];
  /** Enabled endpoints of a site: a given secret may belong to one of them. */
  ofSite: Endpoint[];
}

export async function findEndpoints(
  stripe: Stripe,
  url: string,
  siteUrl: string | null,
): Promise<Endpoints> {
  const all = await stripe.webhookEndpoints.list({ limit: 100 })
    .autoPagingToArray({ limit: 1_000 });
  // The oldest first, as the doctor takes them.
  const here = all.reverse().filter((endpoint) => isAt(endpoint.url, url));
  const isUnfinished = ({ metadata }: Endpoint) => metadata[UNFINISHED] !== undefined;
  return {
    ours: here.find((endpoint) => !isUnfinished(endpoint)) ?? null,
    unfinished: here.filter(isUnfinished),
    ofSite: all.filter((endpoint) =>
      endpoint.status === "enabled" && URL.canParse(endpoint.url) &&
      ownerOf(endpoint.url, { functionsUrl: url, siteUrl }).includes("site's")
    ),
  };
}

/** The missing parts of an endpoint, and the change that adds them. Additional events stay. */
export interface Repair {
  says: string[];
  change: Stripe.WebhookEndpointUpdateParams;
}

export function repairOf({ url, status, enabled_events }: Endpoint, region: string | null): Repair {
  const missing = missingEvents(enabled_events);
  const wanted = region === null ? url : inRegion(url.split("?")[0] ?? "", region);
  const says: string[] = [];
  const change: Stripe.WebhookEndpointUpdateParams = {};
  if (status !== "enabled") {
    says.push("enable it");
    change.disabled = false;
  }
  if (missing.length > 0) {
    says.push(`add the events ${missing.join(", ")}`);
    change.enabled_events = withMissing(enabled_events);
  }
  if (url !== wanted) {
    says.push(`send to ${wanted}`);
    change.url = wanted;
  }
  return { says, change };
}

/**
 * How the version of an endpoint's events differs from the one that a new endpoint gets; empty: it does
 * not. Stripe changes it on no endpoint, and a new one has a new secret, so this one is kept: events are
 * read by their shape, in any version.
 */
export function versionNote({ api_version }: Endpoint): string {
  if (api_version === API_VERSION) return "";
  const version = api_version === null ? "the account's default version" : `version ${api_version}`;
  return `; it sends ${version} and not ${API_VERSION}, which is read as well, and which Stripe cannot ` +
    "change: to pin it, delete the endpoint in the Dashboard, run setup again, and then " +
    `\`${task("reconcile --all")}\``;
}

export function inRegion(url: string, region: string | null): string {
  return region === null ? url : `${url}?forceFunctionRegion=${region}`;
}

/** Makes an endpoint and returns its id, and the secret that its deliveries are signed with. */
export async function createEndpoint(
  stripe: Stripe,
  url: string,
): Promise<{ id: string; secret: string }> {
  const { id, secret } = await stripe.webhookEndpoints.create({
    url,
    enabled_events: [...NEEDED_EVENTS],
    api_version: API_VERSION,
    metadata: { [UNFINISHED]: "unfinished" },
  });
  if (secret === undefined) throw new Error("Stripe created no endpoint");
  const created = await confirmEndpoint(stripe, id, url);
  if (created.api_version === API_VERSION) return { id, secret };
  throw new UserError(`Stripe has ${id} with version ${created.api_version}: run setup again`);
}

/** Changes an endpoint. */
export async function repairEndpoint(
  stripe: Stripe,
  { id, url }: Endpoint,
  change: Stripe.WebhookEndpointUpdateParams,
): Promise<void> {
  await stripe.webhookEndpoints.update(id, change);
  await confirmEndpoint(stripe, id, change.url ?? url);
}

/** Marks it as finished, so that setup keeps it. */
export async function finishEndpoint(stripe: Stripe, id: string): Promise<void> {
  await stripe.webhookEndpoints.update(id, { metadata: { [UNFINISHED]: "" } });
}

/** Reads an endpoint back. Throws if Stripe did not store what was requested. */
async function confirmEndpoint(stripe: Stripe, id: string, url: string): Promise<Endpoint> {
  const endpoint = await stripe.webhookEndpoints.retrieve(id);
  const missing = missingEvents(endpoint.enabled_events);
  const wrong = [
    ...endpoint.url === url ? [] : [`it sends to ${endpoint.url} and not to ${url}`],
    ...endpoint.status === "enabled" ? [] : [`it is ${endpoint.status}`],
    ...missing.length === 0 ? [] : [`it does not send ${missing.join(", ")}`],
  ];
  if (wrong.length === 0) return endpoint;
  throw new UserError(
    `Stripe stored ${id} differently from the request: ${wrong.join("; ")}. Run setup again`,
  );
}
