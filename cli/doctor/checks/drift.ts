import { codesIn } from "../../../diagnosis/codes.ts";
import { DRIFT } from "../../../diagnosis/codes/drift.ts";
import { readCatalogue } from "../../catalogue/catalogue.ts";
import { carriedGrants } from "../carried_grants.ts";
import { type Check, DATABASE } from "../check.ts";
import { type Drift, driftBetween } from "../drift_between.ts";
import { findingsOfDrift, isFixable, nameOf } from "../drift_findings.ts";
import { remake } from "../fixing/remake.ts";
import type { Project } from "../project.ts";

export const check: Check = {
  title: "tables, policies, grants, triggers and functions are as the migrations make them",
  codes: [...codesIn(DRIFT), "rls_off", "policy_missing"],
  needs: [DATABASE],
  isOfThisVersion: true,
  look: async (project) => findingsOfDrift(await driftOf(project)),
  async fix(project) {
    const before = (await driftOf(project)).filter(isFixable);
    const refused = await remake(project, before);
    const after = new Set((await driftOf(project)).map(nameOf));
    const fixed = before.filter((drift) => !after.has(nameOf(drift)));
    return [
      ...fixed.map((drift) => `restored as the migrations make it: ${nameOf(drift)}`),
      ...refused,
    ];
  },
};

async function driftOf({ dbUrl, schema, expected }: Project): Promise<Drift[]> {
  return driftBetween(
    [...await expected(), ...await carriedGrants(dbUrl ?? "", schema)],
    await readCatalogue(dbUrl ?? ""),
  );
}
