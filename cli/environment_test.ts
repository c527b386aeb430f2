import assert from "node:assert/strict";
import {
  databaseUrlOf,
  readAddress,
  readDatabaseUrl,
  readEnvFile,
  readEnvironment,
} from "./environment.ts";

const HOSTED = {
  SUPABASE_URL: "https://one.supabase.co/",
  SUPABASE_SECRET_KEY: "sb_secret_one",
  SUPABASE_DB_URL: "postgresql://one",
};

function sourceOf(variables: Record<string, string>) {
  return (name: string) => variables[name];
}

async function withFile<Result>(text: string, use: (file: string) => Promise<Result>) {
  const file = await Deno.makeTempFile({ prefix: "sesame-env-" }); // for its owner alone
  try {
    await Deno.writeTextFile(file, text);
    return await use(file);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("the environment names the project", async () => {
  const env = { ...HOSTED, STRIPE_WEBHOOK_SECRET: "whsec_new, whsec_old" };
  assert.deepEqual(await readAddress(await readEnvironment(undefined, sourceOf(env))), {
    url: "https://one.supabase.co",
    functionsUrl: "https://one.supabase.co/functions/v1",
    schema: "public",
    functionsPrefix: "",
    secretKey: "sb_secret_one",
    dbUrl: "postgresql://one",
    webhookSecret: "whsec_new",
  });
});

Deno.test("a file's variables count before the environment's; the environment fills missing ones", async () => {
  const text =
    "STRIPE_SECRET_KEY=\"sk_test_file\"\nexport SUPABASE_URL='https://two.supabase.co'\n" +
    "SUPABASE_SECRET_KEY=sb_secret_two # a comment\n";
  const env = sourceOf({ STRIPE_SECRET_KEY: "sk_test_env", STRIPE_API_BASE: "http://stand-in" });
  const source = await withFile(text, (file) => readEnvironment(file, env));
  const names = ["STRIPE_SECRET_KEY", "STRIPE_API_BASE", "SUPABASE_URL", "SUPABASE_SECRET_KEY"];
  assert.deepEqual(names.map(source), [
    "sk_test_file",
    "http://stand-in",
    "https://two.supabase.co",
    "sb_secret_two",
  ]);
});

Deno.test("a file that names a project hides the environment's project, so keys never mix", async () => {
  const text = "SUPABASE_URL=https://two.supabase.co\nSUPABASE_SECRET_KEY=sb_secret_two\n";
  const source = await withFile(text, (file) => readEnvironment(file, sourceOf(HOSTED)));
  assert.equal((await readAddress(source)).dbUrl, null);
  await assert.rejects(readDatabaseUrl(source), /SUPABASE_DB_URL is missing/);

  const half = await withFile(
    "SUPABASE_URL=https://two.supabase.co\n",
    (file) => readEnvironment(file, sourceOf(HOSTED)),
  );
  await assert.rejects(readAddress(half), /SUPABASE_SECRET_KEY is missing/);
});

Deno.test("a file that names no project is an error, and not the local stack", async () => {
  const empty = withFile(
    "STRIPE_SECRET_KEY=sk_test_4242\n",
    (file) => readEnvironment(file, sourceOf({})),
  );
  await assert.rejects(
    empty,
    (error: Error) =>
      /names no project: add SUPABASE_URL/.test(error.message) && !/4242/.test(error.message),
  );
});

Deno.test("a partly named project gets one line with everything that is missing", async () => {
  const { SUPABASE_URL, SUPABASE_SECRET_KEY } = HOSTED;
  await assert.rejects(readAddress(sourceOf({ SUPABASE_URL })), /SUPABASE_SECRET_KEY is missing/);
  await assert.rejects(
    readAddress(sourceOf({ SUPABASE_SECRET_KEY })),
    /^UserError: SUPABASE_URL is missing/,
  );
  await assert.rejects(readAddress(sourceOf({}), "https://x.supabase.co"), /SUPABASE_SECRET_KEY/);
  await assert.rejects(readAddress(sourceOf({ SUPABASE_DB_URL: "postgresql://one" })), {
    message:
      "SUPABASE_URL and SUPABASE_SECRET_KEY are missing: set them in the environment, or in a file named " +
      "with --env-file. SUPABASE_URL is https://<ref>.supabase.co, in Supabase's Dashboard under Project " +
      "Settings, Data API. SUPABASE_SECRET_KEY is sb_secret_…, in Supabase's Dashboard under Project Settings, " +
      "API Keys.",
  });
  const source = sourceOf({ SUPABASE_SECRET_KEY });
  assert.equal((await readAddress(source, "https://x.supabase.co/")).url, "https://x.supabase.co");
});

Deno.test("blank variables do not count", async () => {
  const blank = sourceOf({ ...HOSTED, SUPABASE_DB_URL: " ", STRIPE_WEBHOOK_SECRET: "" });
  const { dbUrl, webhookSecret } = await readAddress(blank);
  assert.deepEqual([dbUrl, webhookSecret], [null, null]);
});

Deno.test("the error about a missing file names only the file", async () => {
  await assert.rejects(readEnvFile("/nowhere/x.env"), { message: "/nowhere/x.env cannot be read" });
});

Deno.test("an invalid address of the database is refused, and not repeated", () => {
  for (
    const text of [
      "db.example.com",
      "https://one.supabase.co",
      "postgresql://postgres:a/b#c@db:5432/postgres",
    ]
  ) {
    assert.throws(() => databaseUrlOf(sourceOf({ SUPABASE_DB_URL: text })), (error: Error) => {
      assert.equal(error.name, "UserError");
      assert.match(error.message, /^SUPABASE_DB_URL is not valid: it is postgresql:\/\/…/);
      assert.ok(!error.message.includes(text));
      return true;
    });
  }
  const url = "postgresql://postgres:a%2Fb@db:5432/postgres";
  assert.equal(databaseUrlOf(sourceOf({ SUPABASE_DB_URL: url })), url);
  assert.equal(databaseUrlOf(sourceOf({})), null);
});
