import assert from "node:assert/strict";
import { withVariable } from "../../cli/keys/env_file.ts";
import { newKey } from "../../local/new_key.ts";
import { onStandIn } from "./stand_in_project.ts";

Deno.test("supabase secrets set reads the keys as they were written to the file", async () => {
  const set = JSON.stringify({ keys: [newKey("ES256", 1_790_000_000), newKey("EdDSA", 0)] });
  const file = await Deno.makeTempFile({ prefix: "sesame-env-" });
  try {
    const text = withVariable("SITE_URL=https://example.com\n", "MODULE_TOKEN_KEYS", set);
    await Deno.writeTextFile(file, text);
    const { code, stderr, secrets } = await onStandIn(["secrets", "set", "--env-file", file]);
    assert.equal(code, 0, stderr);
    assert.equal(secrets.get("MODULE_TOKEN_KEYS"), set);
    assert.equal(secrets.get("SITE_URL"), "https://example.com");
  } finally {
    await Deno.remove(file);
  }
});
