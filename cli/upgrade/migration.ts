/** The one migration of an upgrade: every step between two versions. */

import { type Manifest, schemaOf } from "../project/manifest.ts";
import { inSchema } from "../project/schema_name.ts";
import { stampOf } from "../project/stamp.ts";
import { STAMP, type UpgradeStep } from "../project/upgrade_steps.ts";
import { ourFunctions, withPrefix } from "../project/vendored.ts";

/** `name` is the file of the migration. Each step refuses a database that is at another version. */
export async function migrationText(
  name: string,
  steps: readonly UpgradeStep[],
  { options }: Manifest,
): Promise<string> {
  const [from, to] = [steps[0]?.from ?? "", steps.at(-1)?.to ?? ""];
  const head = `-- Upgrades Sesame ${from} to ${to}. Sesame wrote this file: do not edit it.\n`;
  const parts = steps.map((step) => `-- step: ${step.from} to ${step.to}\n\n${step.sql.trim()}\n`);
  const text = [head, ...guard(from, steps.slice(0, -1)), ...parts].join("\n");
  const sql = inSchema(text.replaceAll(STAMP, stampOf(name)), schemaOf(options));
  return withPrefix(sql, await ourFunctions(), options.functionsPrefix);
}

/** The first of several steps would take a database that is between them for one that has the whole upgrade. */
function guard(from: string, between: readonly UpgradeStep[]): string[] {
  if (between.length === 0) return [];
  return [`do $$
declare
  v_here text;
begin
  if to_regclass('sesame.release') is null then
    return;  -- the first step says so
  end if;
  select version into v_here from sesame.release order by applied_at desc limit 1;
  if v_here in (${between.map(({ to }) => `'${to}'`).join(", ")}) then
    raise sqlstate 'SE010' using
      message = format('Sesame %s is installed here; nothing was changed', v_here),
      detail = format('- This upgrade starts at ${from}. Find the branch that upgraded this database to %s, '
        'and upgrade from there.', v_here);
  end if;
end
$$;
`];
}
