/** The targets of load: each makes its requests before the measurement. */

import postgres from "postgres";
import { toInboxEvent } from "../../supabase/functions/_shared/inbox.ts";
import type { InboxEvent } from "../../supabase/functions/_shared/inbox_event.ts";
import { reasonOf } from "../../supabase/functions/_shared/problem.ts";
import { openDoor } from "../../supabase/functions/_shared/rpc.ts";
import type { StripeEvent } from "../../stripe/events.ts";
import { type HttpClient, openHttpClient } from "./http_client.ts";
import type { Request } from "./load.ts";
import { signatureOf } from "./signing.ts";

/**
 * `webhook`: signed deliveries, spread over the processes that listen on these ports; `rpc`: one event in each
 * call, through the function's own door; `insert`: a bare row, committed.
 */
export type Target =
  | { kind: "webhook"; ports: number[]; secret: string }
  | { kind: "rpc" | "insert"; dbUrl: string };

/** A target with as many connections as requests may be in flight. */
export interface OpenTarget {
  prepare(event: StripeEvent): Request;
  close(): Promise<void>;
}

export function openTarget(target: Target, inFlight: number): OpenTarget {
  if (target.kind === "webhook") return openWebhook(target, inFlight);
  return target.kind === "rpc" ? openRpc(target.dbUrl, inFlight) : openInsert(target, inFlight);
}

/** The text of a delivery. Stripe indents it by two. */
export function bodyOf(event: StripeEvent): string {
  return JSON.stringify(event, null, 2);
}

/** The event as the function hands it to its door. */
export function inboxEventOf(event: StripeEvent): InboxEvent {
  return toInboxEvent({ text: bodyOf(event), event }, { livemode: false, accounts: new Set() });
}

function openWebhook(
  { ports, secret }: Extract<Target, { kind: "webhook" }>,
  inFlight: number,
): OpenTarget {
  const lanes = new Map<number, HttpClient>();

  async function post(body: string, lane: number): Promise<string | null> {
    try {
      const client = lanes.get(lane) ?? await openHttpClient(ports[lane % ports.length]!);
      lanes.set(lane, client);
      const delivery = { body, signature: signatureOf(body, secret) };
      const { status } = await client.post("/stripe-webhook", delivery);
      return status === 200 || status === 202 ? null : `HTTP ${status}`;
    } catch (error) {
      drop(lane); // the next request of the lane connects anew
      return error instanceof Error ? error.name : "unknown";
    }
  }
  function drop(lane: number): void {
    lanes.get(lane)?.close();
    lanes.delete(lane);
  }
  return {
    prepare(event) {
      const body = bodyOf(event);
      return (lane) => post(body, lane);
    },
    close: () => Promise.resolve(Array.from({ length: inFlight }, (_, lane) => drop(lane)).at(-1)),
  };
}

/** One door for each lane. A pool would queue calls in the driver, and they must wait in Postgres. */
function openRpc(url: string, inFlight: number): OpenTarget {
  const doors = Array.from({ length: inFlight }, () => openDoor({ kind: "direct", url }));
  return {
    prepare(event) {
      const inboxEvent = inboxEventOf(event);
      return (lane) => doors[lane]!([inboxEvent]).then(() => null, reasonOf);
    },
    close: () => Promise.resolve(), // their connections end with the process
  };
}

function openInsert({ dbUrl }: { dbUrl: string }, inFlight: number): OpenTarget {
  const options = { max: 1, fetch_types: false, onnotice: () => {} };
  const lanes = Array.from({ length: inFlight }, () => postgres(dbUrl, options));
  return {
    prepare(event) {
      const body = bodyOf(event);
      return (lane) =>
        lanes[lane]!`insert into bench.bare (body) values (${body})`.then(() => null, reasonOf);
    },
    close: async () => void await Promise.all(lanes.map((sql) => sql.end())),
  };
}
