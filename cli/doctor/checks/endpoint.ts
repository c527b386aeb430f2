import type Stripe from "stripe";
import { API_VERSION } from "../../../stripe/api_version.ts";
import { ownerOf, shown } from "../../endpoint/endpoint_owner.ts";
import {
  missingEvents,
  NEEDED_EVENTS,
  otherEvents,
  receivesOurEvents,
  withMissing,
} from "../../../stripe/needed_events.ts";
import { type Check, type Finding, REACHABLE, STRIPE } from "../check.ts";
import { type Project, webhookUrl } from "../project.ts";

type Endpoint = Stripe.WebhookEndpoint;

/** The oldest API version that is tested. */
const OLDEST = "2019-12-03";

export const check: Check = {
  title: "Stripe sends every needed event to the right address, once",
  codes: [
    "endpoint_missing",
    "endpoint_wrong_url",
    "endpoint_disabled",
    "endpoint_duplicate",
    "endpoint_other",
    "endpoint_too_old",
    "event_types_missing",
    "event_types_superfluous",
  ],
  needs: [STRIPE, REACHABLE],
  async look(project) {
    const there = await listEndpoints(project);
    const ours = there.filter(({ url }) => isAt(url, webhookUrl(project)));
    const [first, ...more] = ours;
    if (first === undefined) return [await absent(there, project)];
    return [
      ...findingsAt(first),
      ...more.map(({ id }): Finding => ({ code: "endpoint_duplicate", about: id })),
      ...await othersBeside(there.filter(isOther(project)), project),
    ];
  },
  async fix(project, findings) {
    const changed: string[] = [];
    for (const finding of findings) changed.push(await fixOne(project, finding));
    return changed;
  },
};

/** The oldest first, because its secret is the one that is set. */
async function listEndpoints({ stripe }: Project): Promise<Endpoint[]> {
  const found = await stripe?.client.webhookEndpoints.list({ limit: 100 })
    .autoPagingToArray({ limit: 1_000 });
  return (found ?? []).reverse();
}

/** Without the query, which only names a region. */
export function isAt(url: string, wanted: string): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}` === wanted;
}

/** An enabled endpoint that sends the same events elsewhere. */
function isOther(project: Project): (endpoint: Endpoint) => boolean {
  return ({ url, status, enabled_events }) =>
    status === "enabled" && URL.canParse(url) && !isAt(url, webhookUrl(project)) &&
    receivesOurEvents(enabled_events);
}

/** Two handlers for one payment may do the work twice. Only the owner knows which one to disable, and when. */
async function othersBeside(others: Endpoint[], project: Project): Promise<Finding[]> {
  if (others.length === 0) return [];
  const last = await lastEventAt(project);
  const lastEvent = last === null
    ? "no event has come to Sesame yet, so keep it for now"
    : `the last event came to Sesame at ${last}`;
  return others.map((other) => ({
    code: "endpoint_other",
    about: `${inWords(other, project)}; ${lastEvent}`,
  }));
}

/** When the last event came, directly or forwarded. */
async function lastEventAt({ call }: Project): Promise<string | null> {
  const health = await call("sesame_webhook_health", "{}") as { last_event_at: string | null };
  return health.last_event_at;
}

function inWords({ id, url }: Endpoint, project: Project): string {
  const owner = ownerOf(url, project);
  return `${id} (${shown(url, owner)}, ${owner})`;
}

async function absent(there: Endpoint[], project: Project): Promise<Finding> {
  // A site's own address, such as /api/stripe-webhook, is not changed.
  const path = pathOf(webhookUrl(project));
  const alike = there.filter(({ url }) => URL.canParse(url) && pathOf(url) === path);
  const [stray] = alike;
  if (alike.length === 1 && stray !== undefined) {
    return {
      code: "endpoint_wrong_url",
      about: stray.id,
      plan: `send the events of ${stray.id} to ${webhookUrl(project)}`,
    };
  }
  return {
    code: "endpoint_missing",
    about: webhookUrl(project) + await onlyOthers(there.filter(isOther(project)), project),
    known: [{
      project_ref: /^https:\/\/([a-z]{20})\.supabase\./.exec(project.functionsUrl)?.[1] ?? "",
    }],
    ...project.setSecrets === null ? {} : { plan: `create an endpoint, and set its secret` },
  };
}

function pathOf(url: string): string {
  return new URL(url).pathname.replace(/\/+$/, "");
}

/** Which endpoints get the events instead, and whether they may forward them; empty: there is none. */
async function onlyOthers(others: Endpoint[], project: Project): Promise<string> {
  if (others.length === 0) return "";
  const last = await lastEventAt(project);
  const handed = last === null ? "" : `; it may forward events: the last one came at ${last}`;
  return `; Stripe sends to ${
    others.map((other) => inWords(other, project)).join(", ")
  } only${handed}`;
}

function findingsAt({ id, status, enabled_events, api_version }: Endpoint): Finding[] {
  const missing = missingEvents(enabled_events).join(", ");
  const others = otherEvents(enabled_events).join(", ");
  const found: Finding[] = [];
  if (status !== "enabled") {
    found.push({ code: "endpoint_disabled", about: id, plan: `enable ${id}` });
  }
  if (missing !== "") {
    const plan = `add ${missing} to ${id}`;
    found.push({ code: "event_types_missing", about: `${id}: ${missing}`, plan });
  }
  if (api_version !== null && api_version < OLDEST) {
    found.push({ code: "endpoint_too_old", about: `${id}: ${api_version}` });
  }
  if (others !== "") found.push({ code: "event_types_superfluous", about: `${id}: ${others}` });
  return found;
}

async function fixOne(project: Project, { code, about }: Finding): Promise<string> {
  const endpoints = project.stripe?.client.webhookEndpoints;
  const id = about.split(":")[0] ?? "";
  switch (code) {
    case "endpoint_missing":
      return await createEndpoint(project);
    case "endpoint_wrong_url":
      await endpoints?.update(id, { url: webhookUrl(project) });
      return `${id} now sends to ${webhookUrl(project)}`;
    case "endpoint_disabled":
      await endpoints?.update(id, { disabled: false });
      return `${id} is enabled`;
    default:
      return await addMissing(project, id);
  }
}

/** The endpoint is read again, since it may have changed meanwhile. */
async function addMissing({ stripe }: Project, id: string): Promise<string> {
  if (stripe === null) throw new Error("there is no key for Stripe");
  const { webhookEndpoints } = stripe.client;
  const { enabled_events } = await webhookEndpoints.retrieve(id);
  await webhookEndpoints.update(id, { enabled_events: withMissing(enabled_events) });
  return `${id} now also gets ${missingEvents(enabled_events).join(", ")}`;
}

async function createEndpoint(project: Project): Promise<string> {
  const made = await project.stripe?.client.webhookEndpoints.create({
    url: webhookUrl(project),
    enabled_events: [...NEEDED_EVENTS],
    api_version: API_VERSION,
  });
  if (made?.secret === undefined) throw new Error("Stripe created no endpoint");
  project.webhookSecret = made.secret;
  await project.setSecrets?.({ STRIPE_WEBHOOK_SECRET: made.secret });
  return `created ${made.id}, and set its secret`;
}
