import assert from "node:assert/strict";
import { parseEnv } from "node:util";
import { UserError } from "../../local/terminal.ts";
import type { Cli } from "./cli.ts";
import { supabaseProject } from "./supabase_project.ts";

const REF = "abcdefghijklmnopqrst";
const SECRETS = { STRIPE_SECRET_KEY: "sk_test_x", MODULE_TOKEN_KEYS: '{"keys":[{"kid":"a"}]}' };

async function withDraft(test: (draft: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-project-" });
  try {
    await test(`${folder}/.env.setup`);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("secrets go to the CLI in a file of the owner's alone, which is gone afterwards", async () => {
  await withDraft(async (draft) => {
    const lines: string[][] = [];
    const cli: Cli = async (args) => {
      lines.push(args);
      assert.deepEqual({ ...parseEnv(await Deno.readTextFile(draft)) }, SECRETS);
      if (Deno.build.os !== "windows") {
        assert.equal((await Deno.stat(draft)).mode! & 0o777, 0o600);
      }
      return "";
    };
    await supabaseProject(REF, cli, draft).set(SECRETS);
    assert.deepEqual(lines, [
      ["secrets", "set", "--yes", "--env-file", draft, `--remote=${REF}`],
    ]);
  });
});

Deno.test("a refusal of the CLI quotes no secret", async () => {
  await withDraft(async (draft) => {
    const cli: Cli = () => Promise.reject(new UserError("near STRIPE_SECRET_KEY='sk_test_x'"));
    await assert.rejects(supabaseProject(REF, cli, draft).set(SECRETS), {
      message: "near STRIPE_SECRET_KEY='…'",
    });
  });
});

const ANSWERS: [keys: unknown, key: string | RegExp][] = [
  [
    [
      { name: "anon", type: "legacy", api_key: "a" },
      { name: "cron", type: "secret", api_key: "c" },
      { name: "default", type: "secret", api_key: "k" },
    ],
    "k",
  ],
  [[{ name: "anon", api_key: "a" }, { name: "service_role", api_key: "old" }], "old"],
  [[{ name: "cron", type: "secret", api_key: "c" }], /named "default", and the project has cron:/],
  [[{ name: "anon", api_key: "a" }], /the project has none:/],
];

for (const [keys, key] of ANSWERS) {
  Deno.test(`of ${JSON.stringify(keys)} the secret key is ${key}`, async () => {
    const project = supabaseProject(REF, () => Promise.resolve(JSON.stringify(keys)), "none");
    if (typeof key === "string") assert.equal(await project.secretKey(), key);
    else await assert.rejects(project.secretKey(), key);
  });
}

Deno.test("an answer that is not JSON is not quoted: it may hold keys", async () => {
  const project = supabaseProject(REF, () => Promise.resolve("sb_secret_x"), "none");
  await assert.rejects(project.secretKey(), {
    message: "supabase answered something that is no JSON",
  });
});

Deno.test("a history with a version that is not a number is refused before the push", async () => {
  const asked: string[] = [];
  const cli: Cli = ([command = "", ...rest]) => {
    asked.push(`${command} ${rest[0]}`);
    const migrations = [{ local: "", remote: "20250101000000" }, { local: "", remote: "v2" }];
    return Promise.resolve(JSON.stringify({ migrations }));
  };
  await assert.rejects(supabaseProject(REF, cli, "none").push(null), /has the version "v2"/);
  assert.deepEqual(asked, ["migration list"]);
});
