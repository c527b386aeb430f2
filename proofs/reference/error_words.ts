/** When each error happens, and how it is fixed. Neither Postgres nor the functions have these texts. */

import { task } from "../../diagnosis/task_command.ts";
import type { ProblemCode } from "../../supabase/functions/_shared/problem.ts";

interface ErrorWords {
  when: string;
  /** Null: nothing to do. */
  fix: string | null;
}

/** The errors of the database by their SQLSTATE. `raised.ts` says which there are; a test compares. */
export const STATE_WORDS: Record<string, ErrorWords> = {
  SE001: {
    when:
      "`process_stripe_events`, or a change of prices or settings, runs under another isolation level.",
    fix: "Run it in a transaction of its own, with the default level.",
  },
  SE002: {
    when: "An update changes `modules.slug`.",
    fix: "Change the title, or add a new module.",
  },
  SE003: {
    when: "`process_stripe_events` is given something else than a list.",
    fix: "Pass `[{id, type, created, livemode, payload, facts, …}, …]`.",
  },
  SE004: {
    when: "A row of `module_prices` that was sold on is changed or deleted.",
    fix:
      "New terms for new customers take a new price in Stripe. A wrong mapping is corrected with " +
      "[`remap_price`](operations.md#prices).",
  },
  SE005: {
    when: "`sesame.access_log` is updated, deleted from or truncated.",
    fix: "Correct the access itself. The correction is logged.",
  },
  SE006: {
    when: "A function, or a row of `module_access`, names a module that does not exist.",
    fix: "Name a slug or an id of `modules`.",
  },
  SE007: { when: "`claim_free_module` names a module that is sold.", fix: "Buy the module." },
  SE008: {
    when: "A statement truncates `access_tokens`.",
    fix: "Delete the rows. What they opened closes with them.",
  },
  SE009: {
    when: "`sesame.purge` is given less than 30 days.",
    fix: "Give it 30 days or more. Bodies alone may go earlier: see the setting `keep_bodies`.",
  },
  SE010: {
    when:
      "The first migration, or a change of places with the old tables, finds names that are taken, missing parts of " +
      "Supabase, or missing rights. Nothing was changed.",
    fix: "The detail lists all of them, each with what to do ([moving in](moving_in.md)).",
  },
  SE011: {
    when: "Something calls Sesame while the old tables are in its place.",
    fix: `\`${task("backfill --redo")}\` brings Sesame back ([moving in](moving_in.md)).`,
  },
  SE012: {
    when: `\`${task("backfill")}\` is asked to undo or to redo a step that was not made.`,
    fix: "See [moving in](moving_in.md) for the order of the steps.",
  },
  SE020: {
    when:
      "`claim_purchase` is given a link that is unknown, used, expired or revoked, or that leads to a purchase with an owner.",
    fix: "Ask the site for a new link.",
  },
  SE021: {
    when: "A function names a purchase that Stripe has not reported.",
    fix: "Name a `cs_…`, `pi_…`, `in_…` or `sub_…` that Stripe has reported.",
  },
  SE022: {
    when: "`create_claim_link` names a purchase that a user owns.",
    fix: "Use `move_purchase` if it belongs to another user.",
  },
  SE030: {
    when: "A row without `user_id` is written to `module_access`.",
    fix: "Write the user's id. An address goes into `access_tokens.user_ref`.",
  },
  SE031: {
    when: "Text, a number or a list is written to `module_access.metadata`.",
    fix: "Write `{}` or an object with your own keys.",
  },
  SE032: {
    when: "An update changes `user_id`, `module_id` or `id` of a row of `module_access`.",
    fix:
      "Insert a row for the new user and module, and delete this one. A purchase is moved with `move_purchase`.",
  },
  SE040: {
    when: "Cron runs `sesame.call_reconcile()` before the vault has `sesame_url` and `sesame_key`.",
    fix: "Create both secrets, as [operations](operations.md#reconcile) shows.",
  },
  SE060: {
    when: "`erase_user` names a user with a running subscription.",
    fix: "Cancel it in Stripe, wait for its last event, and erase the user then.",
  },
  SE061: {
    when: "`erase_user` names a user while an event about them has failed.",
    fix: `Run \`${task("reconcile")}\`, then erase the user.`,
  },
  SE070: {
    when: "`remap_price` names a price that is not mapped and was never sold.",
    fix:
      "Compare it with the price in Stripe. Map a new price with an insert into `module_prices`.",
  },
  SE071: {
    when: "`remap_price` is given terms that are unknown or out of range.",
    fix: "The detail says which; see [prices](operations.md#prices).",
  },
  SE072: {
    when: "`remap_price` names a module in `instead_of` that the price does not open.",
    fix: "The detail says what the price opens. Name one of these, or leave `instead_of` out.",
  },
  SE080: {
    when: "A function names an endpoint of outgoing webhooks that does not exist.",
    fix: "`select * from sesame_webhook_endpoints()` lists them.",
  },
  SE081: {
    when: "`sesame_replay_webhooks` is given neither a time nor a message, or both.",
    fix: "Pass `since`, or `webhook_id`.",
  },
  "22023": {
    when:
      "`sesame_examine` or `sesame_refold` is given a `start` that none of its answers had, or `most` below one.",
    fix: "Pass the `next` of the last answer, or leave `start` out.",
  },
  "22P02": {
    when: "`user_id` is an address or another text that is no uuid.",
    fix: "Write the user's uuid. An address goes into `access_tokens.user_ref` " +
      "([moving in](moving_in.md#your-own-code-that-writes-access)).",
  },
  "23502": { when: "A required value is null.", fix: "The message names the column." },
  "23503": {
    when: "A module that was sold is deleted (`23001` from Postgres 18 on).",
    fix: "Set `is_active = false` instead.",
  },
  "23514": {
    when: "A value breaks a rule that the message names, for example an empty `actor` or `why`.",
    fix: "Pass a value that the rule allows.",
  },
  "42501": {
    when:
      "The caller may not do this: a member writes access, or a visitor who is not signed in asks for something.",
    fix: "Members write no access. A server writes it with the secret key.",
  },
  "55P03": {
    when: "Other writers held the lock on access for three seconds. Nothing was changed.",
    fix:
      "The webhook answers 503 and Stripe sends the event again. Your own server sends it again in a moment.",
  },
  PT503: {
    when:
      "A member calls `claim_free_module` or `claim_purchase` while other writers hold the lock on access for two seconds. Nothing was changed. The Data API answers it with status 503.",
    fix: "Show the member that access is busy, and let them try again.",
  },
};

/** States that a message of ours never reaches: raised and caught in one function. */
export const INNER_STATES = ["SE098", "SE099"];

/** States that Postgres itself raises, where no `raise` of ours does. */
export const POSTGRES_STATES = ["22P02", "23502", "23503", "23514", "42501"];

/** A code of `problem.ts` without a line here does not compile. */
export const PROBLEM_WORDS = {
  invalid_request: {
    when: "A field is missing or invalid, or `return_url` has another origin.",
    fix: "`detail` names the field and what to send.",
  },
  not_signed_in: {
    when: "The request has no session, or one that has ended.",
    fix: "Sign in, and send the session as a bearer token.",
  },
  secret_key_needed: {
    when:
      "The request has no secret key, or one of another project. `module-token` answers it to an order for a user.",
    fix: "Send the project's secret key in the header `apikey`.",
  },
  no_access: {
    when: "`module-token`: the user has no access to this module now.",
    fix:
      "`reason` says why: `no_access`, `exhausted`, or a word of [module servers](module_servers.md).",
  },
  no_such_module: {
    when: "The module does not exist, or is not on offer (`is_active`).",
    fix: "Name a slug or an id of `modules`.",
  },
  no_such_user: {
    when:
      "`module-token`: no old row has this `userId`, or rows of several users have it (`ambiguous_user`).",
    fix: `Send the user's uuid or address. While old rows are still to come, run \`${
      task("backfill")
    }\`.`,
  },
  denied: {
    when: "An operator denied the user this module.",
    fix: "`grant_module_access` lifts the denial.",
  },
  not_found: {
    when: "The function has no such path.",
    fix: "See the paths in the [reference](reference/functions.md).",
  },
  no_such_price: {
    when: "The price opens no module on offer, or not the one that the request names.",
    fix: "Map it in `module_prices`.",
  },
  no_such_code: {
    when:
      "`promotion_code` is not an active code of the account: misspelt, expired, used up, or of another customer.",
    fix: "Show the customer that the code is not valid. They can buy without it.",
  },
  no_such_failure: {
    when: "`health/replay` names an event that is not stored, or neither failed nor waits.",
    fix: "Nothing, if another operator has replayed it.",
  },
  no_such_session: {
    when: "There is no Checkout Session with this id, or it belongs to another user.",
    fix: null,
  },
  no_customer: {
    when: "The user has bought nothing yet, or their Stripe customer is deleted or shared.",
    fix: "Offer the portal after the first purchase.",
  },
  method_not_allowed: {
    when: "The path takes another method.",
    fix: "The header `allow` names it.",
  },
  already_owned: {
    when: "The module is open for ever or by a subscription: `modules` says what, `url` where.",
    fix: "Show the module. A subscription is changed in the portal.",
  },
  payment_pending: {
    when: "The user has paid in a way that takes days.",
    fix: "Wait for the payment.",
  },
  subscription_stalled: {
    when: "The user has a subscription to it that is unpaid, paused, refunded or disputed.",
    fix: "Open the portal (`checkout/portal`).",
  },
  choose_price: {
    when: "Several prices sell it: `prices` lists them.",
    fix: "Send one of them as `price`.",
  },
  other_currency: {
    when:
      "The user's subscription or open checkout is in another currency, and Stripe takes one for each customer.",
    fix: "Map a price in that currency.",
  },
  code_refused: {
    when:
      "The code is for other products, another currency, a first purchase, or a larger one. Stripe's reason is in the log.",
    fix: "Buy without the code, or send another one.",
  },
  not_for_sale: {
    when: "It has no price, none that is active in Stripe, or its product is archived.",
    fix: "Map a price, or activate it.",
  },
  stale_next: {
    when:
      "`reconcile`: Stripe does not know the event in `next`. Stripe keeps events for thirty days.",
    fix: "Begin again, without `next`. What was done stays done.",
  },
  body_too_slow: {
    when: "The body did not arrive within ten seconds. Nothing was acknowledged.",
    fix: "Send it again, over a faster connection.",
  },
  body_too_large: { when: "The body is larger than 1 MB.", fix: "Send less." },
  unsigned: {
    when: "`stripe-webhook`: the header `stripe-signature` is missing.",
    fix: `Let Stripe call it, or \`${task("stripe")}\`.`,
  },
  bad_signature: {
    when:
      "`stripe-webhook`: no secret fits the signature, or its time is more than five minutes off.",
    fix:
      "Compare `STRIPE_WEBHOOK_SECRET` with the endpoint's signing secret. A body that was changed on the way does " +
      "not verify either.",
  },
  not_json: { when: "The body is not JSON.", fix: "Send JSON." },
  not_an_event: {
    when: "`stripe-webhook`: signed JSON without an `id` and a `type`.",
    fix: null,
  },
  legacy_secret_unfit: {
    when: "`module-token`: the module verifies HS256, and the shared secret is missing or unfit.",
    fix: "See [the shared secret](module_servers.md#modules-that-verify-with-a-shared-secret).",
  },
  event_failed: {
    when: "`stripe-webhook`: the event is stored, but could not be applied.",
    fix: "See the `detail` above. Stripe sends it again.",
  },
  internal: {
    when: "Something unforeseen went wrong. Nothing was acknowledged.",
    fix: "See the log of the function.",
  },
  unavailable: {
    when:
      "Postgres, Auth or Stripe cannot be reached, is busy or did not answer in time. Nothing was acknowledged.",
    fix: "Stripe sends it again. Other callers ask again after `retry-after` seconds.",
  },
} as const satisfies Record<ProblemCode, ErrorWords>;

/** The variables that the functions read when they start. */
export const VARIABLES: Record<string, string> = {
  STRIPE_SECRET_KEY:
    "`sk_test_…`, `rk_test_…`, `sk_live_…` or `rk_live_…`. Its mode is the mode of the events that count.",
  STRIPE_WEBHOOK_SECRET: "`whsec_…`; several, separated by commas, while one is rotated.",
  STRIPE_API_BASE: "Optional: the address of Stripe's API, only to use a stand-in.",
  STRIPE_CONNECT_ACCOUNTS:
    "Optional: `acct_…` ids of accounts with events that count as your own, separated by commas.",
  SESAME_DB_URL:
    "Optional: a connection of its own for the webhook ([operations](operations.md#the-webhooks-own-connection)).",
  MODULE_TOKEN_KEYS: `The private JWK set of module tokens. The first key signs. \`${
    task("keys")
  }\` makes and rotates it.`,
  MODULE_TOKEN_LEGACY_SECRET: "Optional: what modules of an old site verify " +
    "([module servers](module_servers.md#modules-that-verify-with-a-shared-secret)).",
  ALERT_WEBHOOK_URL: "Optional: where alerts are sent ([watching](watching.md)).",
  ALERT_WEBHOOK_SECRET: "Signs them. Set both, or neither.",
  SITE_URL:
    "The address of your site, or of its page of modules. Customers come back to it. A request may name another page " +
    "of the same origin. Several addresses have commas between them, and the first is the default. With " +
    "`http://localhost` among them, every port of the developer's machine is allowed.",
  SUPABASE_URL: "Set by the platform.",
  SUPABASE_SECRET_KEYS: "Set by the platform.",
  SUPABASE_SERVICE_ROLE_KEY: "Set by the platform: used where `SUPABASE_SECRET_KEYS` is missing.",
};
