/** Decision 17 says why each dependency is there, and every version is exact. */

import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
const DECISION = "docs/decisions/0017_what_we_write_ourselves.md";

/** The packages of an import map, each with its version: an import may lead into a package. */
async function packagesIn(map: string): Promise<Map<string, string>> {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL(map, ROOT)));
  const found = Object.values(imports as Record<string, string>).map((specifier) =>
    /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(specifier)
  );
  return new Map(found.map((parts) => [parts?.[1] ?? "", parts?.[2] ?? ""]));
}

const MAPS = [
  "deno.json",
  "supabase/functions/deno.json",
  "pages/encours/deno.json",
  "proofs/bench/peer/project.json", // of the measured peer, which is no part of this workspace
];

for (const map of MAPS) {
  Deno.test(`${map}: decision 17 says why each dependency is there`, async () => {
    const decision = await Deno.readTextFile(new URL(DECISION, ROOT));
    const packages = [...(await packagesIn(map)).keys()];
    assert.ok(packages.length > 0);
    assert.deepEqual(packages.filter((name) => !decision.includes(`\`${name}\``)), []);
  });

  Deno.test(`${map}: every version is exact`, async () => {
    const packages = [...await packagesIn(map)];
    assert.deepEqual(packages.filter(([, version]) => !/^\d+\.\d+\.\d+(-.+)?$/.test(version)), []);
  });
}
