import Stripe from "stripe";
import { LISTENING } from "../listeners.ts";
import type { Resource } from "../deps.ts";

export const cliSessions: Resource = {
  "POST /v1/stripecli/sessions": (_, { listeners, origin }) => ({
    object: "stripecli.session",
    websocket_id: listeners.admit(),
    websocket_url: origin.replace("http", "ws") + LISTENING,
    websocket_authorized_feature: "webhooks",
    secret: listeners.secret,
    default_version: Stripe.API_VERSION,
    latest_version: Stripe.API_VERSION,
    display_connect_filter_warning: false,
    reconnect_delay: 3_600, // seconds
  }),
};
