/** The words of the client are those of the database and of the functions, so that neither can drift. */

import assert from "node:assert/strict";
import {
  BUY_CODES,
  PORTAL_CODES,
  SESSION_STATUSES,
  STATUS_CODES,
} from "../../client/core/buying.ts";
import { LINK_STATES, MODULE_STATES } from "../../client/core/claiming.ts";
import { TOKEN_CODES } from "../../client/core/module_token.ts";
import { ACCESS_REASONS, MODULE_STATUSES } from "../../client/core/modules.ts";
import { SERVER_CODES } from "../../client/core/problem.ts";
import { type ProblemCode, PROBLEMS } from "../../supabase/functions/_shared/problem.ts";
import { type OperationName, operationOf } from "../e2e/openapi.ts";
import { readCatalogue } from "../reference/catalogue.ts";
import { raisesOf } from "../reference/raised.ts";

const { functions } = await readCatalogue();

function sourceOf(name: string): string {
  const found = functions.find((one) => one.name === name);
  assert.ok(found !== undefined, name);
  return found.source;
}

/** The words that the branches of a `case` result in. */
function wordsOf(name: string): string[] {
  const words = [...sourceOf(name).matchAll(/(?:then|else) '([a-z_]+)'/g)];
  return words.map(([, word = ""]) => word).toSorted();
}

Deno.test("the statuses of a module are those of my_modules", () => {
  assert.deepEqual(wordsOf("sesame.status_now"), MODULE_STATUSES.toSorted());
});

Deno.test("the reasons are those of sesame.reason, in its order", async () => {
  const chapter = new URL(
    "../../supabase/migrations/20261121002000_reasons.sql",
    import.meta.url,
  );
  const [, list = ""] = /create type sesame.reason as enum \(([^)]*)\)/
    .exec(await Deno.readTextFile(chapter)) ?? [];
  const reasons = [...list.matchAll(/'([a-z_]+)'/g)].map(([, word]) => word);
  assert.deepEqual(reasons, [...ACCESS_REASONS]);
});

Deno.test("the statuses of a session are those of checkout/status", () => {
  const words = wordsOf("public.sesame_checkout_status");
  assert.deepEqual([...words, "open"].toSorted(), SESSION_STATUSES.toSorted());
});

/** Problems of the functions that the client does not know by name, and why not. */
const NOT_OF_MEMBERS: Partial<Record<ProblemCode, string>> = {
  secret_key_needed: "a call with the project's secret key",
  no_such_user: "an order of a server",
  no_such_failure: "a call of an operator",
  stale_next: "reconcile",
  unsigned: "the webhook",
  bad_signature: "the webhook",
  not_an_event: "the webhook",
  event_failed: "the webhook",
  not_found: "the client and the functions do not fit: unknown",
  method_not_allowed: "the client and the functions do not fit: unknown",
  not_json: "the client sends JSON",
  body_too_slow: "the client sends a few bytes",
  body_too_large: "the client sends a few bytes",
  legacy_secret_unfit: "a fault of the project: unknown, with this code",
  internal: "a fault of the project: unknown, with this code",
};

Deno.test("every problem of the functions is known to the client, or says why not", () => {
  const known = new Set<string>([...SERVER_CODES, ...Object.keys(NOT_OF_MEMBERS)]);
  assert.deepEqual(Object.keys(PROBLEMS).filter((code) => !known.has(code)), []);
  const both = Object.keys(NOT_OF_MEMBERS).filter((code) =>
    SERVER_CODES.some((one) => one === code)
  );
  assert.deepEqual(both, []);
});

Deno.test("every problem of the client is one of the functions or of the database", () => {
  const known = [
    ...Object.keys(PROBLEMS),
    ...Object.values(MODULE_STATES),
    ...Object.values(LINK_STATES),
  ];
  assert.deepEqual(SERVER_CODES.filter((code) => !known.includes(code)), []);
});

/** The problems that an operation lists in docs/reference/openapi.json. */
function listedCodes(name: OperationName): string[] {
  return Object.values<Listed>(operationOf(name).responses)
    .flatMap(({ content }) =>
      content?.["application/problem+json"]?.schema.properties.code.enum ?? []
    );
}

interface Listed {
  content?: {
    "application/problem+json"?: { schema: { properties: { code: { enum: string[] } } } };
  };
}

const CALLS: readonly (readonly [OperationName, readonly string[]])[] = [
  ["post /checkout", BUY_CODES],
  ["post /checkout/portal", PORTAL_CODES],
  ["post /checkout/status", STATUS_CODES],
  ["post /module-token", TOKEN_CODES],
];

for (const [operation, codes] of CALLS) {
  Deno.test(`the client knows every problem of ${operation} that a member can have, and no other`, () => {
    const common = ["not_signed_in", "unavailable"];
    const members = listedCodes(operation)
      .filter((code) => !common.includes(code) && !(code in NOT_OF_MEMBERS));
    // A session id that is no text is the only invalid request to checkout/status.
    const sent = members.filter((code) =>
      operation !== "post /checkout/status" || code !== "invalid_request"
    );
    assert.deepEqual([...codes].toSorted(), sent.toSorted());
  });
}

Deno.test("the client knows every SQLSTATE that a claim can raise", () => {
  // SE001: the isolation level, which no caller of the Data API chooses.
  const statesOf = (name: string) =>
    [...new Set(raisesOf(name, functions).map(({ state }) => state))]
      .filter((state) => state !== "SE001").toSorted();
  assert.deepEqual(
    statesOf("public.claim_free_module"),
    [
      "42501", // sign in first
      ...Object.keys(MODULE_STATES),
    ].toSorted(),
  );
  assert.deepEqual(
    statesOf("public.claim_purchase"),
    [
      "42501",
      ...Object.keys(LINK_STATES),
    ].toSorted(),
  );
});
