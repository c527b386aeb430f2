import assert from "node:assert/strict";
import { readCommandLine } from "../command_line.ts";
import { readVariables } from "../environment.ts";
import { readOptions, SETUP_OPTIONS, type SetupFlags } from "./options.ts";

const REF = "abcdefghijklmnopqrst";
const KEY: Record<string, string> = { STRIPE_SECRET_KEY: "sk_test_x" };

function readFlags(args: string[]): SetupFlags {
  return readCommandLine({ options: SETUP_OPTIONS }, args, "setup")!.options;
}

Deno.test("options have a project and a key; the rest may stay as it is", () => {
  const { secretsFile, ...options } = readOptions(readFlags(["--ref", REF]), (name) => KEY[name]);
  assert.deepEqual(options, {
    ref: REF,
    url: `https://${REF}.supabase.co`,
    region: null,
    siteUrl: null,
    siteMissing: "--site takes the address of your site, where buyers come back to",
    stripeSecretKey: "sk_test_x",
    webhookSecret: null,
    moveIn: null,
    replace: [],
    push: false,
    functionsPrefix: "",
    dryRun: false,
  });
  assert.match(secretsFile, /supabase\/functions\/\.env$/);
});

Deno.test("--push is for a project with Sesame in it, and --move-in for one without", () => {
  const added = { folder: "/app/supabase", functionsPrefix: "sesame-" };
  const read = (args: string[], project: typeof added | null) =>
    readOptions(readFlags(["--ref", REF, ...args]), (name) => KEY[name], project);
  const { push, functionsPrefix } = read(["--push"], added);
  assert.deepEqual([push, functionsPrefix], [true, "sesame-"]);
  assert.throws(() => read(["--push"], null), /--push is for a project to which Sesame was added/);
  assert.throws(() => read(["--move-in", "now"], added), /Here add decides it/);
});

Deno.test("a project may have a domain of its own", () => {
  const args = ["--ref", REF, "--url", "https://api.example.com/"];
  assert.equal(readOptions(readFlags(args), (name) => KEY[name]).url, "https://api.example.com");
});

const REFUSED: [args: string[], env: Record<string, string>, why: RegExp][] = [
  [[], KEY, /^UserError: --ref is missing: the project's reference, [^.]*\.$/],
  [[], {}, /--ref is missing: .* STRIPE_SECRET_KEY is missing: set it in the environment/],
  [["--ref", "https://x.supabase.co"], KEY, /--ref takes/],
  [["--ref", REF, "--site", "javascript:alert(1)"], KEY, /--site takes/],
  [["--ref", REF], {}, /STRIPE_SECRET_KEY/],
  [["--ref", REF], { STRIPE_SECRET_KEY: "pk_test_x" }, /must be a secret or restricted key/],
  [["--ref", REF], { ...KEY, STRIPE_WEBHOOK_SECRET: "sk_test_x" }, /signing secrets/],
  [["--ref", REF], { STRIPE_SECRET_KEY: "sk_org_x" }, /of one Stripe account/],
  [
    ["--ref", REF],
    { STRIPE_API_KEY: "sk_test_x" },
    /You have STRIPE_API_KEY; Sesame calls it STRIPE_/,
  ],
  [["--ref", REF, "--move-in", "soon"], KEY, /now or later/],
  [["--key", "sk_test_x"], KEY, /^UserError: --key is not accepted/],
  [["--db-url=postgresql://x"], KEY, /^UserError: --db-url is not accepted/],
];

for (const [args, env, why] of REFUSED) {
  Deno.test(`${args.join(" ") || "nothing"} with ${JSON.stringify(env)} is refused`, () => {
    assert.throws(() => readOptions(readFlags(args), (name) => env[name]), why);
  });
}

Deno.test("without --site, the error proposes the address from an old site's variables", () => {
  const env: Record<string, string> = { ...KEY, NEXT_PUBLIC_SITE_URL: "https://iahome.fr" };
  const { siteUrl, siteMissing } = readOptions(readFlags(["--ref", REF]), (name) => env[name]);
  assert.equal(siteUrl, null);
  assert.match(siteMissing, / come back to: --site https:\/\/iahome\.fr$/);
});

Deno.test("a file named with --env-file counts before the environment", async () => {
  const file = await Deno.makeTempFile({ prefix: "sesame-env-" });
  try {
    await Deno.chmod(file, 0o600);
    await Deno.writeTextFile(file, "STRIPE_SECRET_KEY='sk_live_file'\n");
    const environment: Record<string, string> = { ...KEY, SUPABASE_DB_PASSWORD: "p" };
    const read = await readVariables(file, (name) => environment[name]);
    assert.deepEqual(
      ["STRIPE_SECRET_KEY", "SUPABASE_DB_PASSWORD", "PGSSLMODE"].map(read),
      ["sk_live_file", "p", undefined],
    );
  } finally {
    await Deno.remove(file);
  }
});
