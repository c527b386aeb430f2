/** For tests: a stand-in, and its clients. */

import Stripe from "stripe";
import { type StandIn, startStandIn } from "./stand_in.ts";

export const KEY = "sk_test_ada";
const SECRET = "whsec_ada";

export interface Scene extends AsyncDisposable {
  standIn: StandIn;
  stripe: Stripe;
  /** The events that arrived, verified, in the order of their arrival. */
  arrived: Stripe.Event[];
}

/** A stand-in, Stripe's own client, and a webhook that accepts everything. */
export function open(): Scene {
  const arrived: Stripe.Event[] = [];
  const webhook = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const signature = request.headers.get("stripe-signature") ?? "";
    const body = await request.text();
    arrived.push(await Stripe.webhooks.constructEventAsync(body, signature, SECRET));
    return new Response("ok");
  });
  const url = `http://localhost:${webhook.addr.port}`;
  const standIn = startStandIn({ key: KEY, webhook: { url, secret: SECRET } });
  standIn.addPrice({ id: "price_once", amount: 2_900, interval: null, product: "Once" });
  standIn.addPrice({ id: "price_month", amount: 900, interval: "month", product: "Monthly" });
  return {
    standIn,
    stripe: client(standIn),
    arrived,
    async [Symbol.asyncDispose]() {
      await standIn.webhooks.delivered();
      await standIn.stop();
      await webhook.shutdown();
    },
  };
}

export function client({ url }: StandIn, key = KEY): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(key, {
    protocol: "http",
    host: hostname,
    port,
    httpClient: Stripe.createFetchHttpClient(),
    maxNetworkRetries: 0,
  });
}

export function types(events: Stripe.Event[]): string[] {
  return events.map(({ type }) => type).sort();
}
