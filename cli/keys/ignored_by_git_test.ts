import assert from "node:assert/strict";
import { warnUnlessIgnored } from "./ignored_by_git.ts";

Deno.test("a file with keys that git could commit is named, and no other", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sesame-git-" });
  try {
    const warned = () => warnUnlessIgnored(`${folder}/.env`, ".env");
    assert.deepEqual(await warned(), [], "no repository");
    await new Deno.Command("git", { args: ["init", "--quiet"], cwd: folder }).output();
    assert.match((await warned())[0] ?? "", /^git does not ignore \.env, which holds private keys/);
    await Deno.writeTextFile(`${folder}/.gitignore`, ".env\n");
    assert.deepEqual(await warned(), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
