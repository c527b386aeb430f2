/** `deno task release`: writes the files of the version in deno.json, once. */

import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { command } from "../../cli/frame.ts";
import { value } from "../../cli/options.ts";
import { bind, readBook } from "../../cli/project/release.ts";
import { RELEASES } from "../../cli/project/upgrade_steps.ts";
import { VERSION } from "../../cli/version.ts";
import { say, UserError } from "../../local/terminal.ts";
import { writeRelease } from "./release_folder.ts";
import { nextUpgrade } from "./upgrade/next_upgrade.ts";
import { writeUpgrade } from "./upgrade/upgrade_file.ts";

const release = command({
  name: "release",
  summary: "Write the SQL of a release: its installation, and the upgrade to it",
  details:
    "It writes releases/<version>/install.sql, and from_<previous>.sql beside it. What moves rows or columns is written " +
    "by hand before, in moves.sql of that folder; what needs the new functions, in after.sql. It applies the upgrade " +
    "to an installation of the previous version, and compares the result with a fresh one.",
  options: {
    folder: value("<folder>", "the folder of the releases, instead of releases/"),
  },
  examples: ["", "--folder /tmp/releases"],
  exitCodes: ["the files are written"],
  async run({ options: { folder } }) {
    if (!/^\d+\.\d+\.\d+$/.test(VERSION)) {
      throw new UserError(
        `deno.json has the version ${VERSION}. A release is three numbers, as 1.2.3: set them there, and in the ` +
          "chapter release.sql of the book.",
      );
    }
    const releases = folder === undefined ? RELEASES : pathToFileURL(`${resolve(folder)}/`);
    const request = await nextUpgrade(releases);
    const files = {
      "install.sql": bind(await readBook(), null),
      ...request === null ? {} : { [`from_${request.from}.sql`]: await writeUpgrade(request) },
    };
    await writeRelease(fileURLToPath(releases), VERSION, files);
    for (const [name, text] of Object.entries(files)) {
      say(`releases/${VERSION}/${name}: ${Math.ceil(text.length / 1000)} kB`);
    }
    return 0;
  },
});

await release.runAndExit();
