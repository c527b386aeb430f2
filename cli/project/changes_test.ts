import assert from "node:assert/strict";
import { join } from "node:path";
import { removeEmpty } from "./changes.ts";
import { makeUserProject } from "./testing.ts";

Deno.test("a folder of ours that the user replaced by a link, a file or nothing: all stays", async () => {
  await using project = await makeUserProject({
    "functions/hello/index.ts": "export default {};\n",
    "supabase/checkout": "a file\n",
    "supabase/portal/index.ts": "mine\n",
  });
  await Deno.symlink(join(project.root, "functions"), join(project.folder, "functions"));
  await Deno.mkdir(join(project.folder, "empty/inner"), { recursive: true });
  await Deno.symlink(join(project.folder, "empty"), join(project.folder, "link"));
  const paths = ["", "checkout", "empty", "empty/inner", "functions", "gone", "link", "portal"];
  await removeEmpty(project.folder, paths);
  const names = (await Array.fromAsync(Deno.readDir(project.folder))).map(({ name }) => name);
  assert.deepEqual(names.sort(), ["checkout", "functions", "link", "portal"]);
});
