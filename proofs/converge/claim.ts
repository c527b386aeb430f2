import type { InboxEvent } from "../../supabase/functions/_shared/inbox_event.ts";
import { toInboxEvent } from "../../supabase/functions/_shared/inbox.ts";
import type { Act, Check, Paying, Scenario, Step } from "./scenario.ts";
import type { StripeEvent } from "./stripe/event.ts";

/**
 * One check of a story with all deliveries above it. It claims that every order of these gives the same access.
 */
export interface Claim {
  scenario: Scenario;
  /** The number of the claim in its story, from zero. */
  chapter: number;
  deliveries: Delivery[];
  checks: Check[];
  /** The users whose access is checked. */
  personas: string[];
}

/** One thing that arrives: an event as the RPC takes it, or an act. */
export interface Delivery {
  what: { event: InboxEvent } | Act;
  /** Mappings and manual grants are evidence too, and so are the events that the story marks. */
  isEvidence: boolean;
}

/** The endpoint of the scenarios is a live one, of a single account. */
const OURS = { livemode: true, accounts: new Set<string>() };

/** The claims of a scenario. Checks without a delivery between them share one. */
export function claimsOf(scenario: Scenario): Claim[] {
  const claims: Claim[] = [];
  const deliveries: Delivery[] = [];
  for (const step of scenario.story) {
    const open = claims.at(-1);
    if (!isCheck(step)) deliveries.push(deliveryOf(step));
    else if (open?.deliveries.length === deliveries.length) open.checks.push(step);
    else claims.push(claim(scenario, claims.length, [...deliveries], [step]));
  }
  return claims;
}

function claim(
  scenario: Scenario,
  chapter: number,
  deliveries: Delivery[],
  checks: Check[],
): Claim {
  return { scenario, chapter, deliveries, checks, personas: ["ada", "eve"] };
}

function isCheck(step: Step): step is Check {
  return "access" in step;
}

function isAct(step: Step): step is Act {
  return "act" in step;
}

function isPaying(step: Step): step is Paying {
  return "pays" in step;
}

function deliveryOf(step: Exclude<Step, Check>): Delivery {
  if (isAct(step)) return { what: step, isEvidence: step.act === "grant" };
  if (isPaying(step)) return { what: { event: inboxEvent(step.pays) }, isEvidence: true };
  return { what: { event: inboxEvent(step) }, isEvidence: false };
}

/** The event as the webhook passes it on, translated by the code that is deployed. */
export function inboxEvent(event: StripeEvent): InboxEvent {
  // A fetched object is stored as it is.
  const payload = event.type.endsWith(".fetched") ? event.data?.object : event;
  return { ...toInboxEvent({ text: "", event }, OURS), payload: JSON.stringify(payload) };
}
