import { withDatabase } from "../../../local/with_database.ts";
import { hasSesame, installedVersion } from "../../project/database.ts";
import { compareVersions } from "compare-versions";
import { VERSION } from "../../version.ts";
import { type Check, DATABASE } from "../check.ts";

/** Another version has other objects. Compared with this one, each of them would look like a fault. */
export const check: Check = {
  title: "the database has this version of Sesame",
  codes: ["version_older", "version_newer"],
  needs: [DATABASE],
  async look({ dbUrl }) {
    const there = await versionIn(dbUrl ?? "");
    if (there === null || there === VERSION) return [];
    if (there === BEFORE) {
      return [{ code: "version_older", about: `${BEFORE}, this is ${VERSION}` }];
    }
    return [{
      code: compareVersions(there, VERSION) < 0 ? "version_older" : "version_newer",
      about: `the database has ${there}, this is ${VERSION}`,
      known: [{ version: there }],
    }];
  },
};

const BEFORE = "the database is from before the first release";

/** Null: Sesame is not there, and another check says so. */
async function versionIn(dbUrl: string): Promise<string | null> {
  return await withDatabase(
    dbUrl,
    async (sql) => await hasSesame(sql) ? await installedVersion(sql) ?? BEFORE : null,
  );
}
