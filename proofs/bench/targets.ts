/** Where load can go: what is prepared for each request, before the clock runs, and how it is sent. */

import postgres from "postgres";
import { toInboxEvent } from "../../supabase/functions/_shared/inbox.ts";
import { sign, type StripeEvent } from "../../stripe/events.ts";
import { type Delivery, openHttpClient } from "./http_client.ts";
import type { Send } from "./load.ts";

/** `webhook`: signed deliveries; `rpc`: one event a call; `insert`: a bare row, committed. */
export type Target =
  | { kind: "webhook"; port: number; secret: string }
  | { kind: "rpc" | "insert"; dbUrl: string };

/** A target with as many connections as requests may be in flight. */
export interface OpenTarget {
  prepare(event: StripeEvent): Promise<Delivery>;
  send: Send<Delivery>;
  close(): Promise<void>;
}

export function openTarget(target: Target, inFlight: number): OpenTarget {
  return target.kind === "webhook" ? openWebhook(target, inFlight) : openDatabase(target, inFlight);
}

function openWebhook(
  { port, secret }: Extract<Target, { kind: "webhook" }>,
  inFlight: number,
): OpenTarget {
  const lanes = Array.from({ length: inFlight }, () => openHttpClient(port));
  return {
    async prepare(event) {
      const body = JSON.stringify(event, null, 2);
      return { body, signature: await sign(body, secret) };
    },
    async send(delivery, lane) {
      const { status, text } = await (await lanes[lane])!.post("/stripe-webhook", delivery);
      if (status !== 200) throw new Error(`the webhook answered ${status} ${text}`);
    },
    async close() {
      for (const lane of lanes) (await lane).close();
    },
  };
}

/** One client for each lane: a pool of the driver's would queue where it should wait in Postgres. */
function openDatabase(
  { kind, dbUrl }: Extract<Target, { dbUrl: string }>,
  inFlight: number,
): OpenTarget {
  const options = { max: 1, fetch_types: false, onnotice: () => {} };
  const lanes = Array.from({ length: inFlight }, () => postgres(dbUrl, options));
  const ours = { livemode: false, accounts: new Set<string>() };
  return {
    prepare(event) {
      const text = JSON.stringify(event, null, 2);
      const body = kind === "insert" ? text : JSON.stringify([toInboxEvent({ text, event }, ours)]);
      return Promise.resolve({ body, signature: "" });
    },
    async send({ body }, lane) {
      const sql = lanes[lane]!;
      if (kind === "insert") await sql`insert into bench.bare (body) values (${body})`;
      else {
        await sql`
          select event_id, outcome, detail from public.process_stripe_events(${body}::text::jsonb)`;
      }
    },
    async close() {
      await Promise.all(lanes.map((sql) => sql.end()));
    },
  };
}
