import assert from "node:assert/strict";
import { holdsSecretKey, secretKey } from "./secret_key.ts";

function ask(key: string, headers: Record<string, string>): Promise<void> {
  return secretKey(key)(new Request("http://localhost/", { headers }));
}

Deno.test("the secret key is accepted in the header apikey", async () => {
  await ask("sb_secret_1", { apikey: "sb_secret_1" });
});

Deno.test("the legacy key is also accepted as a bearer token", async () => {
  await ask("eyJ.a.b", { authorization: "Bearer eyJ.a.b", apikey: "sb_publishable_1" });
});

Deno.test("any other key, or the beginning of the key, gets secret_key_needed", async () => {
  for (const apikey of ["", "sb_secret_", "sb_secret_12", "SB_SECRET_1", "sb_publishable_1"]) {
    await assert.rejects(ask("sb_secret_1", { apikey }), { code: "secret_key_needed" }, apikey);
  }
  await assert.rejects(ask("sb_secret_1", {}), { code: "secret_key_needed" });
});

Deno.test("the check without a guard returns a boolean and throws nothing", async () => {
  const hasSecretKey = holdsSecretKey("sb_secret_1");
  const withKey = (apikey: string) => new Request("http://localhost/", { headers: { apikey } });
  assert.equal(await hasSecretKey(withKey("sb_secret_1")), true);
  assert.equal(await hasSecretKey(withKey("sb_secret_2")), false);
});
