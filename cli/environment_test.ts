import assert from "node:assert/strict";
import { readAddress, readDatabaseUrl, readEnvFile, readEnvironment } from "./environment.ts";

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
    secretKey: "sb_secret_one",
    dbUrl: "postgresql://one",
    webhookSecret: "whsec_new",
  });
});

Deno.test("a file's variables count before the environment's, which fill what it leaves out", async () => {
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

Deno.test("a key of one project never goes to another: a file that names one hides the other", async () => {
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

Deno.test("a file that names no project is not taken for the stack that runs here", async () => {
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

Deno.test("a half-named project gets one line that names all that is missing", async () => {
  const { SUPABASE_URL, SUPABASE_SECRET_KEY } = HOSTED;
  await assert.rejects(readAddress(sourceOf({ SUPABASE_URL })), /SUPABASE_SECRET_KEY is missing/);
  await assert.rejects(
    readAddress(sourceOf({ SUPABASE_SECRET_KEY })),
    /^Complaint: SUPABASE_URL is missing/,
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

Deno.test("blank variables are no variables", async () => {
  const blank = sourceOf({ ...HOSTED, SUPABASE_DB_URL: " ", STRIPE_WEBHOOK_SECRET: "" });
  const { dbUrl, webhookSecret } = await readAddress(blank);
  assert.deepEqual([dbUrl, webhookSecret], [null, null]);
});

Deno.test("a file that is not there is named, and nothing else is said", async () => {
  await assert.rejects(readEnvFile("/nowhere/x.env"), { message: "/nowhere/x.env cannot be read" });
});
