/** Released files never change, and the book names its version. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { bind, readBook } from "../../cli/project/release.ts";
import { checksum } from "../../cli/project/text_file.ts";
import { releasedVersions, RELEASES } from "../../cli/project/upgrade_steps.ts";
import { VERSION } from "../../cli/version.ts";
import { changedFiles, readChecksums, writeRelease } from "../makers/release_folder.ts";

const folder = fileURLToPath(RELEASES);

Deno.test("every released file is as its checksum says", async () => {
  assert.deepEqual(await changedFiles(folder), []);
});

Deno.test("the book names the version of deno.json", async () => {
  const texts = (await readBook()).map(({ text }) => text).join("\n");
  const [, version] = /insert into sesame\.release \(version\) values \('(.+)'\);/.exec(texts) ??
    [];
  assert.equal(version, VERSION);
});

Deno.test("while the version is a released one, the book is its install.sql", async () => {
  if (!(await releasedVersions()).includes(VERSION)) return;
  const sums = await readChecksums(folder);
  assert.equal(await checksum(bind(await readBook(), null)), sums[`${VERSION}/install.sql`]);
});

Deno.test("a changed, a missing and an added file of a release are found", async () => {
  const root = await Deno.makeTempDir({ prefix: "sesame releases " });
  try {
    await Deno.mkdir(`${root}/0.3.0`);
    await Deno.writeTextFile(`${root}/0.3.0/moves.sql`, "select 3;"); // not released yet
    await writeRelease(root, "0.1.0", { "install.sql": "select 1;\n" });
    await writeRelease(root, "0.2.0", { "install.sql": "select 2;\n", "from_0.1.0.sql": "" });
    await Deno.writeTextFile(`${root}/0.1.0/install.sql`, "select 1;\r\n"); // as git checks it out
    assert.deepEqual(await changedFiles(root), []);

    await Deno.writeTextFile(`${root}/0.1.0/install.sql`, "select 4;\n");
    await Deno.remove(`${root}/0.2.0/from_0.1.0.sql`);
    await Deno.writeTextFile(`${root}/0.2.0/moves.sql`, "select 2;");
    assert.deepEqual(await changedFiles(root), [
      "0.1.0/install.sql was changed",
      "0.2.0/from_0.1.0.sql is missing",
      "0.2.0/moves.sql was added",
    ]);
    await assert.rejects(writeRelease(root, "0.2.0", {}), /0\.2\.0 is released already/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
