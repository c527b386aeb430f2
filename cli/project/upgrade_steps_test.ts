import assert from "node:assert/strict";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../../local/terminal.ts";
import { releasedVersions, upgradeSteps } from "./upgrade_steps.ts";

const FILES = [
  "0.10.0/from_0.9.0.sql",
  "0.10.0/install.sql",
  "0.2.0/install.sql",
  "0.9.0/from_0.2.0.sql",
  "0.9.0/install.sql",
];

/** Folders with these files; each has its own path as its text. */
async function withReleases(
  files: readonly string[],
  use: (folder: URL) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "sesame releases " });
  try {
    for (const path of files) {
      await Deno.mkdir(dirname(`${root}/${path}`), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, path);
    }
    const sums = Object.fromEntries(FILES.map((path) => [path, "0"]));
    await Deno.writeTextFile(`${root}/checksums.json`, JSON.stringify(sums));
    await use(pathToFileURL(`${root}/`));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** The upgrades alone, as in the package. */
const UPGRADES = FILES.filter((path) => path.includes("/from_"));

Deno.test("versions come in the order of their numbers", () =>
  withReleases(UPGRADES, async (folder) => {
    assert.deepEqual(await releasedVersions(folder), ["0.2.0", "0.9.0", "0.10.0"]);
  }));

Deno.test("before the first release there is no version", () =>
  withReleases([], async (folder) => {
    await Deno.remove(new URL("checksums.json", folder));
    assert.deepEqual(await releasedVersions(folder), []);
    await assert.rejects(upgradeSteps("0.1.0", "0.2.0", folder), /There is none yet/);
  }));

Deno.test("two versions apart, both upgrades come in their order", () =>
  withReleases(UPGRADES, async (folder) => {
    assert.deepEqual(await upgradeSteps("0.2.0", "0.10.0", folder), [
      { from: "0.2.0", to: "0.9.0", sql: "0.9.0/from_0.2.0.sql" },
      { from: "0.9.0", to: "0.10.0", sql: "0.10.0/from_0.9.0.sql" },
    ]);
    assert.deepEqual(await upgradeSteps("0.9.0", "0.9.0", folder), []);
  }));

Deno.test("a downgrade, an unknown version and a missing file are refused in words", () =>
  withReleases(UPGRADES.slice(1), async (folder) => {
    const cases: [from: string, to: string, words: RegExp][] = [
      ["0.10.0", "0.9.0", /0\.10\.0 is newer than 0\.9\.0, .* downgrade would lose data/],
      ["0.1.0-dev", "0.9.0", /0\.1\.0-dev is no release.*The releases are: 0\.2\.0, 0\.9\.0/],
      ["0.2.0", "0.3.0", /0\.3\.0 is no release/],
      ["0.2.0", "0.10.0", /from Sesame 0\.9\.0 to 0\.10\.0 is missing in this copy/],
    ];
    for (const [from, to, words] of cases) {
      const failure = await upgradeSteps(from, to, folder).then(() => null, (error) => error);
      assert.ok(failure instanceof UserError, `${from} ${to}`);
      assert.match(failure.message, words);
    }
  }));
