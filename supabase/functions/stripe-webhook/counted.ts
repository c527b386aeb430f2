import type { Count } from "../_shared/figures.ts";
import { type Handler, type ProblemCode, Refusal } from "../_shared/problem.ts";
import { BadSignature } from "./bad_signature.ts";

/** The kinds of `sesame.deliveries`, by the refusal's code. Any other code is a failure of our own. */
const KINDS: Partial<Record<ProblemCode, string>> = {
  method_not_allowed: "wrong_method",
  unsigned: "unsigned",
  body_too_large: "too_large",
  body_too_slow: "too_slow",
  not_json: "not_json",
  not_an_event: "not_an_event",
};

/** Counts the result of each delivery, and logs the probable cause of a bad signature. */
export function counted(handler: Handler, count: Count): Handler {
  return async (request, line) => {
    try {
      const response = await handler(request, line);
      count("deliveries", { kind: "accepted", cause: "unknown" });
      return response;
    } catch (error) {
      const cause = error instanceof BadSignature ? error.probably : null;
      if (cause !== null) line.cause = cause;
      count("deliveries", { kind: kindOf(error), cause: cause ?? "unknown" });
      throw error;
    }
  };
}

function kindOf(error: unknown): string {
  if (error instanceof BadSignature) return error.mismatch;
  return error instanceof Refusal ? KINDS[error.code] ?? "failed" : "failed";
}
