import { json, operation } from "./operation.ts";
import { ANY_CODES, BODY_CODES, type Json } from "./problems.ts";
import { body, closed, COUNT, listOf, ref, TEXT, TEXT_OR_NULL } from "./schemas.ts";

const ALERT = {
  kind: "price_unmapped",
  about: "price_1",
  severity: "critical",
  times: 1,
  first_seen: "2026-12-01T00:00:00Z",
  raised_at: "2026-12-01T00:00:00Z",
  known: { price: "price_1" },
};

const DISMISSAL = { kind: "price_unmapped", about: "price_1", actor: "carol", why: "a test" };

export const HEALTH: Json = {
  "/health": {
    get: operation({
      id: "health",
      summary: "Says whether the project is healthy",
      description: "For a monitor. The answer may be three seconds old.",
      security: [],
      answers: {
        200: json("All is well.", "Health", { status: "ok" }),
        503: json("Something is wrong; /health/report says what.", "Health", {
          status: "troubled",
        }),
      },
      refusals: [...ANY_CODES],
    }),
  },
  "/health/metrics": {
    get: operation({
      id: "metrics",
      summary: "The figures for Prometheus",
      security: ["secretKey"],
      answers: {
        200: {
          description: "Prometheus' text format.",
          content: {
            "text/plain": { schema: { type: "string" }, example: "sesame_troubles 0\n" },
          },
        },
      },
      refusals: ["secret_key_needed", ...ANY_CODES],
    }),
  },
  "/health/report": {
    get: operation({
      id: "report",
      summary: "The figures as JSON",
      security: ["secretKey"],
      answers: {
        200: {
          description: "All figures.",
          content: { "application/json": { schema: ref("Report") } },
        },
      },
      refusals: ["secret_key_needed", ...ANY_CODES],
    }),
  },
  "/health/alerts": {
    get: operation({
      id: "listAlerts",
      summary: "The open alerts, the most severe first",
      security: ["secretKey"],
      answers: {
        200: json("The alerts.", closed({ alerts: listOf(ref("Alert")) }), { alerts: [ALERT] }),
      },
      refusals: ["secret_key_needed", ...ANY_CODES],
    }),
    post: operation({
      id: "refreshAlerts",
      summary: "Refreshes the alerts, and sends new ones",
      description: "For cron. Alerts are sent to ALERT_WEBHOOK_URL, if it is set.",
      security: ["secretKey"],
      request: {
        schema: body({ tell: { type: "boolean", description: "False: only looks." } }),
        examples: { send: {}, look: { tell: false } },
      },
      answers: {
        200: json("How many there are.", "Refreshed", { open: 2, told: 1, reason: null }),
      },
      refusals: [...BODY_CODES, "secret_key_needed", ...ANY_CODES],
    }),
  },
  "/health/dismiss": {
    post: operation({
      id: "dismissAlert",
      summary: "Dismisses an alert",
      description: "It comes back if its cause ends and begins again.",
      security: ["secretKey"],
      request: { schema: ref("Dismissal"), examples: { dismissal: DISMISSAL } },
      answers: {
        200: json("False: no such alert is open.", closed({ dismissed: { type: "boolean" } }), {
          dismissed: true,
        }),
      },
      refusals: [...BODY_CODES, "secret_key_needed", ...ANY_CODES],
    }),
  },
  "/health/replay": {
    post: operation({
      id: "replayEvent",
      summary: "Replays a failed event",
      security: ["secretKey"],
      request: {
        schema: body({ event_id: { type: "string", pattern: "^(evt|fetch)_\\w{1,250}$" } }, [
          "event_id",
        ]),
        examples: { event: { event_id: "evt_1" } },
      },
      answers: {
        200: json(
          "What became of it.",
          closed({ event_id: TEXT, outcome: ref("Outcome"), detail: TEXT_OR_NULL }),
          { event_id: "evt_1", outcome: "applied", detail: null },
        ),
      },
      refusals: [...BODY_CODES, "secret_key_needed", "no_such_failure", ...ANY_CODES],
    }),
  },
  "/health/webhooks": {
    post: operation({
      id: "sendWebhooks",
      summary: "Sends the outgoing webhooks that are due",
      description:
        "For cron, and called by Postgres after a change of access. Ends that have come get their message first.",
      security: ["secretKey"],
      request: { schema: body({}), examples: { send: {} } },
      answers: {
        200: json(
          "How many messages arrived, and how many attempts failed.",
          closed({ delivered: COUNT, failed: COUNT }),
          { delivered: 3, failed: 0 },
        ),
      },
      refusals: [...BODY_CODES, "secret_key_needed", ...ANY_CODES],
    }),
  },
  "/health/explain": {
    post: operation({
      id: "explain",
      summary: "Says why a user has or lacks a module",
      description:
        "With user and module: the chain from the payment to the access, link by link. With reference: the users to which an id of " +
        "Stripe, a user or a token leads.",
      security: ["secretKey"],
      request: {
        schema: {
          anyOf: [
            body({ user: TEXT, module: TEXT }, ["user", "module"]),
            body({ reference: TEXT }, ["reference"]),
          ],
        },
        examples: {
          access: { user: "ada@example.com", module: "whisper" },
          reference: { reference: "pi_3Q9XyZ" },
        },
      },
      answers: {
        200: json("The links, or the users of the reference.", {
          oneOf: [closed({ links: listOf(ref("Link")) }), closed({ about: listOf(ref("About")) })],
        }, { about: [] }),
      },
      refusals: [...BODY_CODES, "secret_key_needed", ...ANY_CODES],
    }),
  },
};
