import { readCatalogue } from "../../catalogue/catalogue.ts";
import { type Check, DATABASE } from "../check.ts";
import { type Drift, driftBetween } from "../drift_between.ts";
import { remake } from "../mending/remake.ts";
import type { Project } from "../project.ts";

/** What is not made again by itself: rows depend on it. */
const BY_HAND: ReadonlySet<string> = new Set(["column_differs", "type_differs"]);

export const drift: Check = {
  title: "tables, policies, grants, triggers and functions are as the migrations make them",
  needs: [DATABASE],
  async look(project) {
    return (await driftOf(project)).map((drift) => ({
      code: drift.code,
      about: nameOf(drift),
      ...BY_HAND.has(drift.code) ? {} : { plan: planOf(drift) },
    }));
  },
  async mend(project) {
    const before = (await driftOf(project)).filter(({ code }) => !BY_HAND.has(code));
    const refused = await remake(project.dbUrl ?? "", project.migrations, before);
    const after = new Set((await driftOf(project)).map(nameOf));
    const mended = before.filter((drift) => !after.has(nameOf(drift)));
    return [...mended.map((drift) => `done: ${planOf(drift)}`), ...refused];
  },
};

async function driftOf({ dbUrl, expected }: Project): Promise<Drift[]> {
  return driftBetween(await expected(), await readCatalogue(dbUrl ?? ""));
}

function nameOf({ kind, name }: Drift): string {
  return `${kind} ${name}`;
}

function planOf(drift: Drift): string {
  return drift.expected === null
    ? `drop ${nameOf(drift)}`
    : `make ${nameOf(drift)} as the migrations say`;
}
