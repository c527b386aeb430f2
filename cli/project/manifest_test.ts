import assert from "node:assert/strict";
import { VERSION } from "../version.ts";
import { readManifest } from "./manifest.ts";
import { makeUserProject } from "./testing.ts";

/** What `readManifest` says of a manifest with this version. */
async function refusal(version: unknown, more: object = {}): Promise<string | null> {
  const manifest = {
    ...{
      version,
      state: "added",
      options: { functionsPrefix: "" },
      files: {},
      blocks: {},
      folders: [],
    },
    ...{ migration: "20260101000000_sesame_0.0.1.sql", upgrades: [], ...more },
  };
  await using project = await makeUserProject({ "supabase/sesame.json": JSON.stringify(manifest) });
  return await readManifest(project.folder).then(() => null, (error: Error) => error.message);
}

Deno.test("a manifest of this version, of an older one or of a draft before it is read", async () => {
  for (const version of [VERSION, "0.0.1", `${VERSION.replace(/-dev$/, "")}-dev`]) {
    assert.equal(await refusal(version), null, version);
  }
});

Deno.test("a manifest of a newer version, or with a newer upgrade under way, is refused", async () => {
  const newer =
    /^This project has Sesame 99\.10\.0, and this is the older \S+\. Nothing was changed\./;
  assert.match(await refusal("99.10.0") ?? "", newer);
  const upgrading = { to: "99.10.0", migration: "20260101000001_sesame_0.0.1_to_99.10.0.sql" };
  assert.match(await refusal("99.9.0", { upgrading }) ?? "", newer);
});

Deno.test("a manifest that was damaged is refused, and says how to restore it", async () => {
  for (const version of [null, 1, {}, [], "", "banana"]) {
    assert.match(await refusal(version) ?? "", /sesame\.json cannot be read\. Restore it from /);
  }
});

Deno.test("a manifest whose folders or options lead out of supabase/ is refused", async () => {
  const attacks = [
    { folders: ["../package.json"] },
    { folders: ["functions", "/etc"] },
    { folders: [1] },
    { options: { functionsPrefix: "../../evil/" } },
    { options: { functionsPrefix: "", schema: "public; drop schema app cascade" } },
    { options: null },
  ];
  for (const attack of attacks) {
    assert.match(await refusal(VERSION, attack) ?? "", /cannot be read/, JSON.stringify(attack));
  }
  const fine = { folders: ["", "functions/_sesame"], options: { functionsPrefix: "my_shop-" } };
  assert.equal(await refusal(VERSION, fine), null);
});

Deno.test("a manifest with the marks of a merge conflict is refused, and says which side to take", async () => {
  const text =
    `{\n<<<<<<< HEAD\n  "version": "0.2.0"\n=======\n  "version": "0.1.0"\n>>>>>>> b\n}\n`;
  await using project = await makeUserProject({ "supabase/sesame.json": text });
  await assert.rejects(readManifest(project.folder), /merge conflict.* the newer version/);
});
