/** A made-up older version of Sesame, for the tests of `upgrade`. */

import { pathToFileURL } from "node:url";
import { addAsPlanned } from "../add/add.ts";
import { planAdd } from "../add/plan.ts";
import { cutBlock, renewBlock } from "../project/block.ts";
import { type Manifest, readManifest, writeManifest } from "../project/manifest.ts";
import type { TestProject } from "../project/testing.ts";
import { checksum } from "../project/text_file.ts";
import { STAMP } from "../project/upgrade_steps.ts";
import { VERSION } from "../version.ts";

/** The versions before this one. */
export const [OLDEST, OLDER] = ["0.0.8", "0.0.9"];

/** What the older version has otherwise: a function that is gone now, and code that is new or different. */
export const OLD_FILES = {
  changed: "functions/_sesame/checkout/start.ts",
  thin: "functions/checkout/index.ts",
  isNew: "functions/_sesame/_shared/cors.ts",
  gone: ["functions/portal/index.ts", "functions/_sesame/portal/index.ts"],
};

/** Makes the project one in which an older version added Sesame. Returns the name of its migration. */
export async function addOlder(project: TestProject, version = OLDER): Promise<string> {
  const { folder } = project;
  const planned = await planAdd(folder, { functionsPrefix: "" }, null, new Date("2026-11-30"));
  await addAsPlanned(folder, planned, null);
  const manifest = await readManifest(folder) as Manifest;
  const migration = manifest.migration.replace(VERSION, version);
  const write = async (path: string, text: string) => {
    await project.write({ [`supabase/${path}`]: text });
    manifest.files[path] = await checksum(text);
  };
  const remove = async (path: string) => {
    await Deno.remove(`${folder}/${path}`);
    delete manifest.files[path];
  };
  await remove(`migrations/${manifest.migration}`);
  await write(`migrations/${migration}`, `create schema sesame; -- ${version}\n`);
  await write(OLD_FILES.changed, "// older\n");
  await write(OLD_FILES.thin, "// older\n");
  await remove(OLD_FILES.isNew);
  for (const path of OLD_FILES.gone) await write(path, "// gone\n");
  manifest.folders.push("functions/portal", "functions/_sesame/portal");
  await olderBlock(project, manifest);
  await writeManifest(folder, { ...manifest, migration, version });
  return migration;
}

/** Its tables in config.toml are fewer, and one is for the function that is gone. */
async function olderBlock(project: TestProject, { blocks }: Manifest): Promise<void> {
  const block = blocks["config.toml"]!;
  const text = await project.read("supabase/config.toml");
  const lines = ["[functions.portal]", "verify_jwt = false"];
  const older = renewBlock(text, block.inserted, lines)!;
  await project.write({ "supabase/config.toml": older.text });
  blocks["config.toml"] = { ...block, inserted: older.inserted };
  if (cutBlock(older.text, older.inserted) === null) throw new Error("the block is not whole");
}

/** The SQL of a step, with the guard that every step has. */
function stepSql(from: string, to: string, sql: string): string {
  return `do $$
begin
  if (select version from sesame.release order by applied_at desc limit 1) <> '${from}' then
    raise sqlstate 'SE010' using
      message = 'this database is not at ${from}; nothing was changed',
      detail = 'npx supabase@3.1.0 migration repair --status applied ${STAMP}';
  end if;
end
$$;
${sql}
insert into sesame.release (version) values ('${to}');
`;
}

/** A folder of releases from the oldest to this version; the SQL of each of the two steps. */
export async function makeReleases(first: string, second: string) {
  const folder = await Deno.makeTempDir({ prefix: "sesame-releases-" });
  const files: Record<string, string> = {
    [`${OLDEST}/install.sql`]: "",
    [`${OLDER}/from_${OLDEST}.sql`]: stepSql(OLDEST, OLDER, first),
    [`${VERSION}/from_${OLDER}.sql`]: stepSql(OLDER, VERSION, second),
  };
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(`${folder}/${path.split("/")[0]}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text);
  }
  const sums = Object.fromEntries(Object.keys(files).map((path) => [path, ""]));
  await Deno.writeTextFile(`${folder}/checksums.json`, JSON.stringify(sums));
  return {
    url: pathToFileURL(`${folder}/`),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
