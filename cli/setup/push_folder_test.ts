import assert from "node:assert/strict";
import { chapterNames } from "../project/release.ts";
import { migrationText, withPushFolder } from "./push_folder.ts";

const [FIRST = ""] = await chapterNames();
const VERSION = FIRST.split("_")[0] ?? "";

Deno.test("the folder has our migrations and a placeholder for each of the project's own", async () => {
  const ours = await chapterNames();
  const folder = await withPushFolder([VERSION, "2025", "20270101000000"], null, async (folder) => {
    const there = await Array.fromAsync(Deno.readDir(`${folder}/supabase/migrations`));
    const more = there.map(({ name }) => name).filter((name) => !ours.includes(name)).sort((
      one,
      other,
    ) => one.localeCompare(other));
    assert.deepEqual(more, ["2025_of_the_project.sql", "20270101000000_of_the_project.sql"]);
    assert.equal(there.length, ours.length + 2);
    const text = await Deno.readTextFile(`${folder}/supabase/migrations/${FIRST}`);
    assert.equal(text, await migrationText(FIRST, null));
    return folder;
  });
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
});

Deno.test("the folder is removed, also after a failed push", async () => {
  let kept = "";
  const push = withPushFolder([], null, (folder) => Promise.reject(new Error(kept = folder)));
  await assert.rejects(push);
  await assert.rejects(Deno.stat(kept), Deno.errors.NotFound);
});

Deno.test("only the first migration is asked to move in", async () => {
  for (const name of await chapterNames()) {
    const [plain, moving] = [await migrationText(name, null), await migrationText(name, "later")];
    const asked = name === FIRST ? "set local sesame.move_in = 'later';\n\n" : "";
    assert.equal(moving, asked + plain);
  }
});
