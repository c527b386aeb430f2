/** The folders that the npm package writes to. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cacheFolder, findProject } from "./places.ts";

Deno.test("each system's own folder for caches is used", () => {
  const home = (name: string) => name === "HOME" ? "/home/ada" : undefined;
  assert.equal(cacheFolder("linux", home), "/home/ada/.cache/sesame");
  assert.equal(cacheFolder("darwin", home), "/home/ada/Library/Caches/sesame");
  const chosen = (name: string) => name === "XDG_CACHE_HOME" ? "/var/cache/ada" : home(name);
  assert.equal(cacheFolder("linux", chosen), "/var/cache/ada/sesame");
  const windows = (name: string) => name === "LOCALAPPDATA" ? "/c/Local" : undefined;
  assert.equal(cacheFolder("windows", windows), "/c/Local/sesame");
});

Deno.test("the nearest supabase/ with a config.toml is the project", async () => {
  const root = await Deno.makeTempDir({ prefix: "sesame places " });
  const url = (path: string) => pathToFileURL(join(root, path)).href;
  try {
    await Deno.mkdir(join(root, "app/supabase"), { recursive: true });
    await Deno.mkdir(join(root, "app/web/src/supabase"), { recursive: true });
    await Deno.writeTextFile(join(root, "app/supabase/config.toml"), "");
    assert.equal(findProject(join(root, "app/web/src")).href, `${url("app/supabase")}/`);
    assert.equal(findProject(join(root, "app")).href, `${url("app/supabase")}/`);
    // No project above: a command would make it in the working directory.
    assert.equal(findProject(root).href, `${url("supabase")}/`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
