import { ask } from "../../catalogue/catalogue.ts";
import { type Check, DATABASE } from "../check.ts";

/** Where Sesame stands aside, every other check would fail, and nothing may be fixed. */
export const standing: Check = {
  title: "Sesame is active",
  needs: [DATABASE],
  async look({ dbUrl }) {
    const [there] = await ask(
      dbUrl ?? "",
      "select to_regclass('sesame.sleeping_functions') is not null as is_known",
    );
    if (!there?.is_known) return [];
    const [asleep] = await ask(dbUrl ?? "", "select sesame.is_aside() as is_aside");
    return asleep?.is_aside ? [{ code: STANDS_ASIDE, about: "the old tables are back" }] : [];
  },
};

export const STANDS_ASIDE = "stands_aside";
