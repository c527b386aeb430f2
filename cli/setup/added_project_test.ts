import assert from "node:assert/strict";
import { addAsPlanned } from "../add/add.ts";
import { planAdd } from "../add/plan.ts";
import { readManifest, writeManifest } from "../project/manifest.ts";
import { makeUserProject } from "../project/testing.ts";
import { findAddedProject } from "./added_project.ts";

Deno.test("setup takes a project that has Sesame whole, and names what is missing", async () => {
  await using app = await makeUserProject({ "supabase/config.toml": 'project_id = "school"\n' });
  assert.equal(await findAddedProject(app.folder), null);

  const plan = await planAdd(app.folder, { functionsPrefix: "sesame-" }, null, new Date());
  await addAsPlanned(app.folder, plan, null);
  const added = { folder: app.folder, functionsPrefix: "sesame-" };
  assert.deepEqual(await findAddedProject(app.folder), added);

  await Deno.remove(`${app.folder}/functions/sesame-checkout/index.ts`);
  await assert.rejects(findAddedProject(app.folder), {
    message:
      "supabase/functions/sesame-checkout/index.ts: missing. This restores it: npx -y deno@2.9.6 task add",
  });

  const manifest = await readManifest(app.folder);
  assert.ok(manifest !== null);
  await writeManifest(app.folder, { ...manifest, state: "upgrading" });
  await assert.rejects(findAddedProject(app.folder), {
    message: "upgrade was interrupted in this project. Finish it: npx -y deno@2.9.6 task upgrade",
  });
});
