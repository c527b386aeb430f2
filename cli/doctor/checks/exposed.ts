import { reasonOf } from "../../../supabase/functions/_shared/problem.ts";
import type { Check } from "../check.ts";

/**
 * Any function of ours is enough: the Data API refuses the schema before it looks for the function. What else the
 * call may meet is found by other checks.
 */
export const check: Check = {
  title: "the Data API serves Sesame's schema",
  codes: ["schema_not_exposed"],
  needs: [],
  async look({ call, schema }) {
    const reason = await call("sesame_webhook_health", "{}").then(() => null, reasonOf);
    return reason === "PGRST106" ? [{ code: "schema_not_exposed", about: `schema ${schema}` }] : [];
  },
};
