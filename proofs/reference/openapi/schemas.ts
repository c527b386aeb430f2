import type { Fault } from "../../../supabase/functions/module-token/verify.ts";
import { PROBLEMS } from "../../../supabase/functions/_shared/problem.ts";
import type { Json } from "./problems.ts";

/** An object with these fields and no other, so that an answer with one more is noticed. */
export function closed(properties: Json, optional: readonly string[] = []): Json {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required, additionalProperties: false };
}

/** A request's body: fields that it does not know are ignored. */
export function body(properties: Json, required: readonly string[] = []): Json {
  return { type: "object", properties, required };
}

/** A request's body with these fields and no other: an unknown one is refused. */
export function closedBody(properties: Json, required: readonly string[] = []): Json {
  return { ...body(properties, required), additionalProperties: false };
}

export function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

export function listOf(items: Json): Json {
  return { type: "array", items };
}

export const TEXT: Json = { type: "string" };
export const TEXT_OR_NULL: Json = { type: ["string", "null"] };
export const COUNT: Json = { type: "integer", minimum: 0 };
export const COUNT_OR_NULL: Json = { type: ["integer", "null"], minimum: 0 };
export const NUMBER_OR_NULL: Json = { type: ["number", "null"] };
export const TIME: Json = { type: "string", format: "date-time" };
export const TIME_OR_NULL: Json = { type: ["string", "null"], format: "date-time" };
export const UUID: Json = { type: "string", format: "uuid" };
export const UUID_OR_NULL: Json = { type: ["string", "null"], format: "uuid" };

/** Why the token itself is refused; a word of `verify.ts` that is missing here does not compile. */
const FAULTS: Record<Fault, true> = {
  malformed: true,
  unknown_key: true,
  bad_signature: true,
  wrong_type: true,
  wrong_issuer: true,
  wrong_module: true,
  expired: true,
  not_yet_valid: true,
};

/** Why the right behind a token is refused: the words of `sesame_verify_module_token`. */
const VERDICTS = ["no_access", "revoked", "suspended", "exhausted"];

const TERMS: Json = {
  module: { ...TEXT_OR_NULL, description: "The slug of the module." },
  expires_at: { ...TIME_OR_NULL, description: "The end of the token." },
  access_expires_at: { ...TIME_OR_NULL, description: "The end of the access; null: none." },
  access_level: TEXT_OR_NULL,
  max_usage: { ...COUNT_OR_NULL, description: "Null: no limit." },
  uses_left: { ...COUNT_OR_NULL, description: "Null: no limit." },
};

/** The fields that code of an older site reads in the answer to an order. */
const OLD_FIELDS: Json = {
  success: { const: true },
  tokenId: UUID_OR_NULL,
  moduleId: { type: ["string", "integer"], description: "As the request named it." },
  userId: { type: ["string", "integer"], description: "As the request named it." },
  paymentId: TEXT,
  accessLevel: TEXT_OR_NULL,
  maxUsage: COUNT_OR_NULL,
  expiresAt: TIME_OR_NULL,
};

const PART: Json = closed({
  done: { ...COUNT, description: "Events or objects that were handed in, or would be." },
  failed: { ...COUNT, description: "Those that could not be applied or read." },
});

export const SCHEMAS: Json = {
  Problem: {
    description:
      "A refusal (RFC 9457). docs/errors.md says when each code happens, and what to do.",
    ...closed({
      type: { type: "string", pattern: "^urn:sesame:problem:[a-z_]+$" },
      title: TEXT,
      status: { type: "integer" },
      code: { enum: Object.keys(PROBLEMS) },
      detail: { ...TEXT, description: "What to change or to set." },
      reason: { ...TEXT, description: "The exact word behind the code." },
      modules: { ...listOf(ref("HeldModule")), description: "The modules that stand in the way." },
      url: { ...TEXT, description: "The page of the site where they are." },
      prices: { ...listOf(ref("Price")), description: "The prices to choose from." },
      max_quantity: { ...COUNT, description: "The largest quantity of the price." },
    }, ["detail", "reason", "modules", "url", "prices", "max_quantity"]),
  },
  HeldModule: {
    description: "A module and what the member has of it, as in the view my_modules.",
    ...closed({
      module_id: { type: "integer" },
      slug: TEXT,
      title: TEXT,
      status: { enum: ["active", "expired", "pending", "closed", "none"] },
      expires_at: TIME_OR_NULL,
      reason: TEXT_OR_NULL,
    }),
  },
  Price: {
    description: "A price of Stripe, and the modules that it opens.",
    ...closed({
      price: TEXT,
      amount: { ...COUNT_OR_NULL, description: "In the smallest unit of the currency." },
      currency: TEXT,
      interval: { ...TEXT_OR_NULL, description: "Null: paid once." },
      interval_count: COUNT,
      trial_days: { ...COUNT_OR_NULL, description: "The trial that the member gets; null: none." },
      max_quantity: { ...COUNT, description: "The largest quantity of one purchase." },
      modules: listOf(closed({
        module_id: { type: "integer" },
        slug: TEXT,
        title: TEXT,
        access_level: TEXT,
        max_usage: COUNT_OR_NULL,
        access_duration: TEXT_OR_NULL,
      })),
    }),
  },
  PaymentPage: {
    description: "Where the purchase goes on.",
    oneOf: [ref("Address"), ref("EmbeddedPage")],
  },
  EmbeddedPage: closed({
    client_secret: { ...TEXT, description: "For Stripe.js, which shows the payment page." },
  }),
  Address: closed({ url: { ...TEXT, format: "uri", description: "Send the browser there." } }),
  SessionStatus: closed({
    status: { enum: ["open", "paid", "processing", "failed", "expired"] },
    modules: listOf(ref("HeldModule")),
  }),
  MemberTokenRequest: {
    description: "A signed-in member asks for a token of their own.",
    ...body({ module: { type: ["string", "integer"], description: "Slug or id." } }, ["module"]),
  },
  TokenOrder: {
    description: "A server orders a token for a user, once for each payment.",
    ...body({
      moduleId: { type: ["string", "integer"], description: "Slug or id." },
      userId: {
        type: ["string", "integer"],
        description: "The user's uuid, their address, or the id they had in the old database.",
      },
      paymentId: { type: "string", minLength: 1, maxLength: 255 },
      accessLevel: { type: ["string", "null"], default: "standard" },
      expirationHours: {
        type: ["integer", "null"],
        minimum: 1,
        maximum: 8_760,
        description: "Left out: the right has no end.",
      },
      maxUsage: { type: ["integer", "null"], minimum: 1, description: "Left out: no limit." },
    }, ["moduleId", "userId", "paymentId"]),
  },
  MemberToken: closed({ token: TEXT, ...TERMS }),
  OrderedToken: closed({ token: TEXT, ...TERMS, ...OLD_FIELDS, jwtToken: TEXT }),
  WaitingOrder: {
    description: "The right is there, and takes effect once its user is known.",
    ...closed({
      token: { type: "null" },
      ...TERMS,
      ...OLD_FIELDS,
      jwtToken: { type: "null" },
      waits: { const: true },
      detail: TEXT,
    }),
  },
  TokenQuestion: body({
    token: TEXT,
    module: { ...TEXT_OR_NULL, description: "The slug of the module that asks." },
    consume: { type: ["boolean", "null"], description: "True: counts one use." },
    requestId: {
      ...TEXT_OR_NULL,
      maxLength: 200,
      description: "A use with the same id is counted once.",
    },
  }, ["token"]),
  ActiveToken: closed({ active: { const: true }, user_id: UUID, ...TERMS }),
  RefusedToken: closed({
    active: { const: false },
    reason: { enum: [...Object.keys(FAULTS), ...VERDICTS] },
    detail: { ...TEXT, description: "The exact word behind the reason." },
  }, ["detail"]),
  KeySet: closed({ keys: listOf({ type: "object", required: ["kty", "kid", "alg"] }) }),
  Health: closed({ status: { enum: ["ok", "troubled"] } }),
  Report: {
    description: "How the webhook is doing; the comment on sesame_webhook_health explains it.",
    ...closed({
      troubles: listOf({ enum: ["events_failed", "events_waiting", "silence", "refused"] }),
      last_event_at: TIME_OR_NULL,
      usual_silence_seconds: NUMBER_OR_NULL,
      oldest_failed_at: TIME_OR_NULL,
      backlog_seconds: { type: "number" },
      waiting: COUNT,
      oldest_waiting_at: TIME_OR_NULL,
      waiting_seconds: { type: "number" },
      unfolded: closed({
        left: COUNT,
        failed: COUNT,
        since: TIME_OR_NULL,
        seconds: { type: "number" },
      }),
      webhooks: closed({
        endpoints: COUNT,
        disabled: COUNT,
        failing: COUNT,
        waiting: COUNT,
        waiting_seconds: { type: "number" },
      }),
      last_day: closed({
        events: COUNT,
        failed: COUNT,
        quarantined: COUNT,
        ignored: COUNT,
        lag_p50: NUMBER_OR_NULL,
        lag_p95: NUMBER_OR_NULL,
        lag_p99: NUMBER_OR_NULL,
      }),
      deliveries: closed({
        accepted: COUNT,
        failed: COUNT,
        refused: COUNT,
        unsigned: COUNT,
        success_rate: NUMBER_OR_NULL,
        refusals: listOf(closed({
          kind: TEXT,
          signed: { type: "boolean" },
          calls: COUNT,
          cause: TEXT_OR_NULL,
        })),
      }),
      refusal: {
        oneOf: [
          { type: "null" },
          closed({
            code: TEXT,
            kind: TEXT,
            cause: TEXT_OR_NULL,
            refused: COUNT,
            accepted: COUNT,
            last_at: TIME_OR_NULL,
          }),
        ],
      },
      pending_reads: COUNT,
      purchases_without_buyer: COUNT,
      tokens_without_owner: COUNT,
      alerts: closed({ critical: COUNT, warning: COUNT, notice: COUNT }),
      latencies: {
        type: "object",
        additionalProperties: closed({
          calls: COUNT,
          p50: NUMBER_OR_NULL,
          p95: NUMBER_OR_NULL,
          p99: NUMBER_OR_NULL,
        }),
      },
      inbox: closed({
        events: { ...COUNT_OR_NULL, description: "Estimated; null before the first ANALYZE." },
        bytes: COUNT,
        body_bytes: COUNT,
        row_bytes: COUNT,
        index_bytes: COUNT,
        bytes_per_event: COUNT_OR_NULL,
      }),
      events_by_hour: listOf(closed({ hour: TEXT, events: COUNT, failed: COUNT })),
      access_by_day: listOf(closed({
        day: { type: "string", format: "date" },
        opened: COUNT,
        closed: COUNT,
      })),
    }),
  },
  Alert: closed({
    kind: TEXT,
    about: TEXT,
    severity: { enum: ["critical", "warning", "notice"] },
    times: COUNT,
    first_seen: TIME,
    raised_at: TIME,
    known: { type: ["object", "null"], description: "What the command of the fix needs." },
  }),
  Refreshed: closed({
    open: { ...COUNT, description: "Alerts that are open." },
    told: { ...COUNT, description: "Alerts that were sent." },
    reason: { ...TEXT_OR_NULL, description: "Why the others were not; the next call sends them." },
  }),
  Dismissal: body({ kind: TEXT, about: TEXT, actor: TEXT, why: TEXT }, [
    "kind",
    "about",
    "actor",
    "why",
  ]),
  Link: closed({
    place: COUNT,
    link: TEXT,
    state: { enum: ["holds", "broken", "beside"] },
    code: TEXT_OR_NULL,
    detail: TEXT_OR_NULL,
    known: { type: ["object", "null"] },
  }),
  About: closed({
    user_ref: TEXT_OR_NULL,
    module: TEXT_OR_NULL,
    code: TEXT_OR_NULL,
    detail: TEXT_OR_NULL,
    known: { type: ["object", "null"] },
  }),
  Outcome: {
    description:
      "What became of an event: its effect is committed (applied), it was here already (duplicate), it has no effect " +
      "(ignored), it is kept because it belongs to another mode or account (quarantined), or it could not be applied.",
    enum: ["applied", "duplicate", "ignored", "quarantined", "failed"],
  },
  Place: closed({
    part: { enum: ["missed", "failed", "objects", "pending", "unfolded"] },
    after: TEXT,
  }),
  Round: {
    description: "What one call did of a round. Call again with run and next until next is null.",
    ...closed({
      run: UUID,
      missed: PART,
      failed: PART,
      objects: PART,
      pending: PART,
      unfolded: PART,
      next: { oneOf: [{ type: "null" }, ref("Place")] },
    }, ["missed", "failed", "objects", "pending", "unfolded"]),
  },
  Changes: closed({
    changes: listOf(closed({
      user_id: UUID,
      module: TEXT,
      change: { enum: ["opened", "closed"] },
      reason: TEXT_OR_NULL,
    })),
    next: { type: ["integer", "null"], description: "The after of the next page." },
  }),
};
