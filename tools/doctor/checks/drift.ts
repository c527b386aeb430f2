import { readCatalogue } from "../../catalogue/catalogue.ts";
import { type Check, DATABASE } from "../check.ts";
import { driftBetween } from "../drift_between.ts";

export const drift: Check = {
  title: "tables, policies, grants, triggers and functions are as the migrations make them",
  needs: [DATABASE],
  async look({ dbUrl, expected }) {
    const drifts = driftBetween(await expected(), await readCatalogue(dbUrl ?? ""));
    return drifts.map(({ code, kind, name }) => ({ code, about: `${kind} ${name}` }));
  },
};
