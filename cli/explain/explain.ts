/** The chain from a payment to a page, as the database explains it. */

import { UserError } from "../../local/terminal.ts";
import type { CallRpc } from "../../supabase/functions/_shared/data_api.ts";
import { KINDS } from "../../supabase/functions/_shared/facts/kinds.ts";
import { Refusal } from "../../supabase/functions/_shared/problem.ts";
import type { Known } from "../../diagnosis/fill_command.ts";
import type { LinkName } from "../../diagnosis/links.ts";
import type { LookUp } from "./stripe_lookup.ts";
import { task } from "../../diagnosis/task_command.ts";

export interface Link {
  link: LinkName;
  state: "holds" | "broken" | "beside";
  code: string | null;
  /** Ids and times; for operators only. */
  detail: string | null;
  /** The values for the command of the fix. */
  known: Known | null;
}

export interface Explanation {
  user: string | null;
  module: string | null;
  links: Link[];
  /** The first broken link; null: the module is open. */
  cause: Link | null;
}

/** One row of `sesame_explain_reference`. */
interface Found {
  user_ref: string | null;
  module: string | null;
  code: string | null;
  detail: string | null;
  known: Known | null;
}

/** The prefixes of ids that can be explained. A price belongs to no user, so it is not in `all`. */
const PREFIXES = [
  "evt",
  ...KINDS.filter(({ all }) => all !== undefined).flatMap(({ byId }) => Object.keys(byId)),
];

/**
 * Explains a user's access to a module, or everything that belongs to a user, a module, a token, or an object of
 * Stripe's. With a key, objects that never arrived are looked up at Stripe.
 */
export async function explain(
  call: CallRpc,
  reference: string,
  module: string | undefined,
  lookUp: LookUp | null = null,
): Promise<Explanation[]> {
  if (module !== undefined && !isStripeId(reference)) {
    return [await explainAccess(call, reference, module)];
  }
  const found = await ask<Found>(call, "sesame_explain_reference", { reference });
  const wanted = found.filter((row) => module === undefined || row.module === module || row.code);
  return await Promise.all(
    (wanted.length > 0 ? wanted : found).map((row) => explainFound(call, row, lookUp)),
  );
}

function isStripeId(reference: string): boolean {
  return PREFIXES.some((prefix) => reference.startsWith(`${prefix}_`));
}

/** The explanation of a user's module; or the error for an unknown user or module. */
async function explainFound(call: CallRpc, row: Found, lookUp: LookUp | null) {
  const { user_ref, module, code, detail, known } = row;
  if (code === null && user_ref !== null && module !== null) {
    return await explainAccess(call, user_ref, module);
  }
  const settled = code === "not_delivered" && detail !== null ? await lookUp?.(detail) : undefined;
  const cause: Link = { link: "purchase", state: "broken", code, detail, known, ...settled };
  return { user: user_ref, module, links: [cause], cause };
}

async function explainAccess(call: CallRpc, user: string, module: string): Promise<Explanation> {
  const links = await ask<Link>(call, "explain_module_access", { user_ref: user, module });
  const cause = links.find(({ state }) => state === "broken") ?? null;
  return { user, module, links, cause };
}

async function ask<Row>(call: CallRpc, name: string, args: Record<string, string>): Promise<Row[]> {
  try {
    return await call(name, JSON.stringify(args)) as Row[];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new UserError(userErrorOf(error.more.reason ?? error.code));
  }
}

function userErrorOf(reason: string): string {
  const fixes: Record<string, string> = {
    PGRST202: "the database has no explain_module_access: push the migrations",
    PGRST106: `the Data API does not serve the schema with Sesame: ${
      task("doctor")
    } says how to expose it`,
    "42501": "this key may not explain anything: use the project's secret key",
    "HTTP 401": "this key does not open this project: use its secret key",
    "42P01": `a table is missing: ${task("doctor")} names it`,
    "42883": `a function is missing: ${task("doctor")} names it`,
  };
  return fixes[reason] ?? `the Data API did not answer (${reason}): check that the project runs`;
}
