import assert from "node:assert/strict";
import { readFunctionSettings } from "./functions_config.ts";
import { makeProject } from "./testing.ts";

Deno.test("a function is public only if its own table says so", async () => {
  await using project = await makeProject({
    "config.toml": `
      verify_jwt = false # of nothing
      [functions.webhook]
      enabled = true
      verify_jwt = false
      [functions."checkout"] # a member's
      verify_jwt = true
      [functions.module-token]
      verify_jwt=false
      # [functions.reconcile]
      [auth]
      verify_jwt = false
      [functions.reconcile]
      # verify_jwt = false
    `,
  });
  const read = await readFunctionSettings(new URL("config.toml", project.url));
  const open = [...read].filter(([, { verifyJwt }]) => !verifyJwt).map(([name]) => name);
  assert.deepEqual(open, ["webhook", "module-token"]);
  const nothing = await readFunctionSettings(new URL("no.toml", project.url));
  assert.deepEqual([...nothing], []);
});

Deno.test("a file that is not TOML is named with its line", async () => {
  await using project = await makeProject({
    "config.toml": "[functions.webhook]\nverify_jwt = maybe",
  });
  await assert.rejects(readFunctionSettings(new URL("config.toml", project.url)), {
    message: "supabase/config.toml, line 2: this is not TOML",
  });
});
