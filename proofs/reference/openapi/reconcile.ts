import { json, operation } from "./operation.ts";
import { ANY_CODES, BODY_CODES, type Json } from "./problems.ts";
import { body, ref, UUID } from "./schemas.ts";

const RUN = "ada00000-0000-4000-8000-000000000001";

export const RECONCILE: Json = {
  "/reconcile": {
    post: operation({
      id: "reconcile",
      summary: "Fetches missed events and replays failed ones",
      description:
        "Does as much of a round as fits into seconds. Call it again with run and next of the answer until next is " +
        "null.",
      security: ["secretKey"],
      request: {
        schema: body({
          all: { type: "boolean", description: "Every event of Stripe that is not stored here." },
          objects: { type: "boolean", description: "Reads every object as well." },
          dry_run: { type: "boolean", description: "Changes nothing." },
          seconds: { type: "integer", minimum: 1, maximum: 100, default: 60 },
          run: { ...UUID, type: ["string", "null"] },
          next: { oneOf: [{ type: "null" }, ref("Place")] },
        }),
        examples: { begin: {}, goOn: { run: RUN, next: { part: "failed", after: "" } } },
      },
      answers: {
        200: json("What it did.", "Round", {
          run: RUN,
          missed: { done: 3, failed: 0 },
          next: { part: "failed", after: "" },
        }),
      },
      refusals: [...BODY_CODES, "stale_next", "secret_key_needed", ...ANY_CODES],
    }),
  },
  "/reconcile/changes": {
    post: operation({
      id: "reconciledAccess",
      summary: "Lists who gained or lost a module in a run",
      security: ["secretKey"],
      request: {
        schema: body({ run: UUID, after: { type: "integer", default: 0 } }, ["run"]),
        examples: { first: { run: RUN } },
      },
      answers: {
        200: json("At most 500 changes.", "Changes", {
          changes: [{ user_id: RUN, module: "whisper", change: "opened", reason: "purchase" }],
          next: null,
        }),
      },
      refusals: [...BODY_CODES, "secret_key_needed", ...ANY_CODES],
    }),
  },
};
