import assert from "node:assert/strict";
import { check as environment } from "./doctor/checks/environment.ts";
import type { Project } from "./doctor/project.ts";
import { readAddress, readDatabaseUrl, readEnvironment } from "./environment.ts";
import { OLD_NAMES, oldNameHint, withOldNames } from "./old_names.ts";

/** The variables of the old site, as its guides name them. */
const OLD_SITE: Record<string, string> = {
  NEXT_PUBLIC_SUPABASE_URL: "https://one.supabase.co",
  NEXT_PUBLIC_SUPABASE_ANON_KEY: "anon_one",
  SUPABASE_SERVICE_ROLE_KEY: "service_one",
  STRIPE_WEBHOOK_SECRET: "whsec_old",
  JWT_SECRET: "an_hs256_secret",
  NEXT_PUBLIC_SITE_URL: "https://iahome.fr",
  NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY: "pk_test_one",
};

const sourceOf = (variables: Record<string, string>) => (name: string) => variables[name];

async function fromFile(written: Record<string, string>, environment = {}) {
  const file = await Deno.makeTempFile({ prefix: "sesame-env-" }); // for its owner alone
  try {
    const lines = Object.entries(written).map(([name, value]) => `${name}=${value}`);
    await Deno.writeTextFile(file, lines.join("\n"));
    return await readEnvironment(file, sourceOf(environment));
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("an old site's .env opens its project unchanged", async () => {
  const address = await readAddress(await fromFile(OLD_SITE));
  assert.equal(address.url, "https://one.supabase.co");
  assert.equal(address.secretKey, "service_one");
  assert.equal((await fromFile(OLD_SITE))("SITE_URL"), "https://iahome.fr");
});

Deno.test("the new name counts before the old one", async () => {
  const both = { ...OLD_SITE, SUPABASE_URL: "https://two.supabase.co", SITE_URL: "https://b.fr" };
  const source = await fromFile(both);
  assert.equal((await readAddress(source)).url, "https://two.supabase.co");
  assert.equal(source("SITE_URL"), "https://b.fr");
});

Deno.test("a file with old names hides the project of the environment as any other does", async () => {
  const other = {
    SUPABASE_URL: "https://two.supabase.co",
    SUPABASE_SECRET_KEY: "sb_secret_two",
    SUPABASE_DB_URL: "postgresql://two",
  };
  const source = await fromFile(OLD_SITE, other);
  const { url, secretKey, dbUrl } = await readAddress(source);
  assert.deepEqual([url, secretKey, dbUrl], ["https://one.supabase.co", "service_one", null]);
  const half = await fromFile({ NEXT_PUBLIC_SUPABASE_URL: "https://one.supabase.co" }, other);
  await assert.rejects(readAddress(half), /SUPABASE_SECRET_KEY is missing/);
});

Deno.test("old names in the environment do not count, and the error names the new ones", async () => {
  const { NEXT_PUBLIC_SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = OLD_SITE as Record<
    "NEXT_PUBLIC_SUPABASE_URL" | "SUPABASE_SERVICE_ROLE_KEY",
    string
  >;
  await assert.rejects(
    readAddress(sourceOf({ SUPABASE_SECRET_KEY: "sb_secret_x", NEXT_PUBLIC_SUPABASE_URL })),
    /SUPABASE_URL is missing: .*\. You have NEXT_PUBLIC_SUPABASE_URL; Sesame calls it SUPABASE_URL: write/,
  );
  await assert.rejects(
    readAddress(sourceOf({ SUPABASE_URL: "https://one.supabase.co", SUPABASE_SERVICE_ROLE_KEY })),
    /\. You have SUPABASE_SERVICE_ROLE_KEY; Sesame calls it SUPABASE_SECRET_KEY: write/,
  );
});

Deno.test("the URL of another database is not used for the project, and the error names it", async () => {
  const source = await fromFile({ ...OLD_SITE, DATABASE_URL: "postgresql://of_something_else" });
  await assert.rejects(
    readDatabaseUrl(source),
    /SUPABASE_DB_URL is missing: .*\. You have DATABASE_URL; Sesame calls it SUPABASE_DB_URL: if/,
  );
  await assert.rejects(
    fromFile({ DATABASE_URL: "postgresql://x" }),
    /names no project: .*DATABASE_/,
  );
});

Deno.test("the doctor names the old name beside the one that is missing, and no value", async () => {
  const findings = await environment.look({ settings: OLD_SITE } as unknown as Project);
  const about = findings.map(({ code, about }) => `${code} ${about}`);
  assert.equal(about[0], "env_missing STRIPE_SECRET_KEY");
  assert.match(
    about[1] ?? "",
    /^env_missing SITE_URL: you have NEXT_PUBLIC_SITE_URL; Sesame calls/,
  );
  assert.match(
    about[2] ?? "",
    /^env_missing MODULE_TOKEN_KEYS: you have JWT_SECRET; .*task keys makes it.* MODULE_TOKEN_LEGACY_SECRET$/,
  );
  assert.deepEqual(findings.map(({ known }) => known?.[0]?.name), [
    "STRIPE_SECRET_KEY",
    "SITE_URL",
    "MODULE_TOKEN_KEYS",
  ]);
  for (const value of Object.values(OLD_SITE)) assert.ok(!about.join("\n").includes(value), value);
});

Deno.test("a blank old variable does not count, and every hint has both names", () => {
  assert.equal(oldNameHint("SITE_URL", sourceOf({ NEXT_PUBLIC_SITE_URL: " " })), "");
  assert.equal(withOldNames(sourceOf({ NEXT_PUBLIC_SITE_URL: "" }))("SITE_URL"), undefined);
  for (const [today, { old }] of Object.entries(OLD_NAMES)) {
    for (const name of old) {
      const hint = oldNameHint(today, sourceOf({ [name]: "x" }));
      assert.ok(hint.startsWith(`you have ${name}; Sesame calls it ${today}: `), hint);
    }
  }
});
