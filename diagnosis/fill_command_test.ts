import assert from "node:assert/strict";
import { parse } from "libpg-query";
import { CODES } from "./codes.ts";
import { isRemark } from "./commands.ts";
import { commandsOf, forProject } from "./fill_command.ts";

/** Every blank with a value. */
const KNOWN = {
  price_id: "price_1QabcDEF",
  module: "stable-diffusion",
  source_id: "cs_test_a1B2",
  user_id: "ada00000-0000-4000-8000-000000000001",
  token_id: "70000000-0000-4000-8000-000000000001",
  event_id: "evt_1",
  account_id: "acct_1",
  right: "execute on function public.has_module_access(text) to authenticated",
  name: "STRIPE_SECRET_KEY",
  version: "20261121000050",
  function: "checkout",
  project_ref: "abcdefghijklmnopqrst",
};

/** Blanks that only the operator can fill. The text beside the command explains them. */
const OF_THE_PERSON =
  /<(you|your site|payment id|the other address|address or id|file with the keys of that account and mode)>/g;

const SQL = /^(select|insert|update|alter|create|grant) /;

const commands = Object.keys(CODES).flatMap((code) => commandsOf(code, KNOWN));

Deno.test("a command with all its blanks filled in is ready to paste", () => {
  assert.ok(commands.length > 40);
  assert.deepEqual(commands.filter((command) => command.includes("…")), []);
  assert.deepEqual(
    commands.filter((command) => command.replaceAll(OF_THE_PERSON, "").includes("<")),
    [],
  );
});

Deno.test("every SQL command parses as SQL", async () => {
  const statements = commands.filter((command) => SQL.test(command));
  assert.ok(statements.length > 12);
  for (const statement of statements) await parse(statement);
});

Deno.test("a blank with an unknown value stays", () => {
  assert.deepEqual(commandsOf("token_waits", { token_id: KNOWN.token_id }), [
    `update public.access_tokens set created_by = '<user id>' where id = '${KNOWN.token_id}'`,
  ]);
  assert.deepEqual(commandsOf("token_waits"), [
    "update public.access_tokens set created_by = '<user id>' where id = '<token id>'",
  ]);
  assert.deepEqual(commandsOf("email_unverified", KNOWN), []);
  assert.deepEqual(commandsOf("no_such_code", KNOWN), []);
});

Deno.test("every SQL command names the schema of the project, whatever it is called", () => {
  const place = { schema: "sesame_api" };
  const statements = Object.keys(CODES).flatMap((code) => commandsOf(code, null, place))
    .filter((command) => SQL.test(command));
  const named = /\b(sesame|sesame_api)\.|^grant <right>|from pg_stat_activity/;
  assert.deepEqual(statements.filter((statement) => !named.test(statement)), []);
  assert.deepEqual(statements.filter((statement) => /\bpublic\./.test(statement)), []);
  assert.ok(statements.some((statement) => statement.includes("sesame_api.move_purchase(")));
});

Deno.test("a value that could end a quotation, or begin an option, is not filled in", () => {
  const hostile = [
    ...[
      "x'; drop table modules; --",
      "$(rm -rf ~)",
      "`id`",
      "a\nb",
      "\u001b[2J",
      "--all",
      "",
      "a;b",
    ],
    ...['"', "\\", "a|b", "a>b", "é", "<module>", "a&b"],
  ];
  for (const price_id of hostile) {
    const [first = ""] = commandsOf("price_unmapped", { price_id });
    assert.ok(first.includes("'<price id>'"), JSON.stringify(price_id));
  }
  const odd = { price_id: null, module: {} } as unknown as Record<string, string>;
  assert.ok(commandsOf("price_unmapped", odd)[0]?.includes("slug = '<module>'"));
});

Deno.test("a command for the project of --env-file names the file; others stay as they are", () => {
  const file = "shop.env";
  assert.deepEqual(commandsOf("nothing_delivered", null, { envFile: file }), [
    "npx -y deno@2.9.6 task doctor --fix --env-file shop.env",
  ]);
  assert.deepEqual(commandsOf("backfill_incomplete", null, { envFile: file }), [
    "# First put SUPABASE_DB_URL into shop.env.",
    "npx -y deno@2.9.6 task backfill --env-file shop.env",
  ]);
  assert.deepEqual(commandsOf("not_at_stripe", { source_id: "pi_1" }, { envFile: file }), [
    "npx -y deno@2.9.6 task explain pi_1 --env-file <file with the keys of that account and mode>",
  ]);
  for (const code of ["no_such_module", "function_missing", "endpoint_missing"]) {
    assert.deepEqual(commandsOf(code, null, { envFile: file }), commandsOf(code));
  }
  const command = commandsOf("not_delivered")[0]!;
  assert.equal(forProject(command, undefined), command);
  assert.match(
    forProject(command, "C:\\Mon site\\prod.env"),
    / --env-file "C:\\Mon site\\prod.env"$/,
  );
  for (const odd of ['a".env', "$(id).env", "`id`.env", "%PATH%.env"]) {
    assert.match(forProject(command, odd), / --env-file <your file>$/);
  }
});

Deno.test("cmd.exe, PowerShell and bash read a command alike", () => {
  for (const command of commands.filter((line) => !SQL.test(line) && !isRemark(line))) {
    assert.doesNotMatch(command.replaceAll(OF_THE_PERSON, ""), /['#$`%^\\|&;]|^\w+=/, command);
  }
});
