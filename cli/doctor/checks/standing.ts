import { ask } from "../../catalogue/catalogue.ts";
import { type Check, DATABASE } from "../check.ts";

/** While Sesame is switched off, every other check would fail, and no fix may run. */
export const check: Check = {
  title: "Sesame is switched on",
  codes: ["stands_aside"],
  needs: [DATABASE],
  async look({ dbUrl }) {
    const [there] = await ask(
      dbUrl ?? "",
      "select to_regclass('sesame.sleeping_functions') is not null as is_known",
    );
    if (!there?.is_known) return [];
    const [asleep] = await ask(dbUrl ?? "", "select sesame.is_aside() as is_aside");
    return asleep?.is_aside ? [{ code: "stands_aside", about: "the old tables are back" }] : [];
  },
};
