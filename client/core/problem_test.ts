import assert from "node:assert/strict";
import type { BuyCode } from "./buying.ts";
import type { CommonCode, Problem } from "./problem.ts";

/** Compiles only as long as every code has its case, and each case has the members of its code. */
function inWords(problem: Problem<BuyCode> | Problem<CommonCode>): string {
  switch (problem.code) {
    case "choose_price":
      return problem.prices.map(({ price }) => price).join();
    case "already_owned":
    case "payment_pending":
    case "subscription_stalled":
      return problem.url;
    case "invalid_request":
      return problem.detail;
    case "unknown":
      return String(problem.status);
    case "denied":
    case "no_such_module":
    case "no_such_price":
    case "no_such_code":
    case "code_refused":
    case "other_currency":
    case "not_for_sale":
    case "not_signed_in":
    case "unavailable":
    case "unreachable":
    case "aborted":
      return problem.message;
    default:
      return problem satisfies never;
  }
}

Deno.test("a switch over the code of a problem is complete, and knows its members", () => {
  const problem = { code: "invalid_request", message: "", detail: "Send price." } as const;
  assert.equal(inWords(problem), "Send price.");
});
