import { withDatabase } from "../../../local/with_database.ts";
import { type Check, DATABASE, type Finding } from "../check.ts";
import { counted } from "../counted.ts";

/** A module with a server that verifies tokens with the shared secret of an older site. */
interface LegacyModule {
  slug: string;
  /** In the last 30 days. */
  issued: number;
}

export const check: Check = {
  title: "every module verifies its tokens with the published keys",
  codes: ["legacy_tokens_issued"],
  needs: [DATABASE],
  async look({ dbUrl }) {
    const modules = await withDatabase(
      dbUrl ?? "",
      (sql) =>
        sql<LegacyModule[]>`
          select slug, issued::int from sesame.legacy_modules order by issued desc, slug`,
    );
    return modules.map(findingOf);
  },
};

function findingOf({ slug, issued }: LegacyModule): Finding {
  const about = `${slug}: ${counted(issued, "HS256 token")} in 30 days`;
  return { code: "legacy_tokens_issued", about, known: [{ module: slug }] };
}
