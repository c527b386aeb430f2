/** A database with a year of data: random lives of the convergence proof, delivered to the real RPC. */

import assert from "node:assert/strict";
import { ask } from "../../../cli/catalogue/catalogue.ts";
import { prepare } from "../../converge/database.ts";
import { processAtOnce } from "../../converge/deliver.ts";
import { withDatabase } from "../../../local/with_database.ts";
import { checkInvariants } from "../../converge/invariants.ts";
import { type Load, runLoad } from "../../converge/load.ts";

export const YEAR: Load = { connections: 4, lifecycles: 300, events: 3_000 };

const SEED = 20261130;

/** Fills an installation. Its access must be the one of the model. */
export async function fillYear(dbUrl: string): Promise<void> {
  await prepare(dbUrl);
  const { divergences } = await runLoad(dbUrl, YEAR, SEED, processAtOnce);
  assert.deepEqual(divergences.map(({ found }) => found), []);
}

/** The queries that audit everything: each finding is one line. */
export function audit(dbUrl: string): Promise<string[]> {
  return withDatabase(dbUrl, checkInvariants);
}

/** Every row of access, and what has_module_access says to each member of each module. */
export async function accessIn(dbUrl: string): Promise<string[]> {
  const rows = await ask(
    dbUrl,
    "select to_jsonb(access)::text as line from public.module_access as access",
  );
  const answers = await ask(
    dbUrl,
    `select concat_ws(' ', user_id, slug, case
       when set_config('request.jwt.claims', jsonb_build_object('sub', user_id, 'role', 'authenticated')::text, false)
         || set_config('request.jwt.claim.sub', user_id::text, false) <> '' then public.has_module_access(slug)
     end) as line
     from (select distinct user_id from public.module_access) as member cross join public.modules`,
  );
  return [...rows, ...answers].map(({ line }) => line).sort();
}
