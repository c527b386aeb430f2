import assert from "node:assert/strict";
import { explainFailure } from "./cli_failure.ts";

const NOISE = "Target: project shop (abc) · production\nInitialising login role...\n";

/** As the CLI 3.1.0 prints it, with the words it runs under. */
function failure(code: string, message: string, suggestion?: string) {
  const error = { code, message, ...suggestion === undefined ? {} : { suggestion } };
  return JSON.stringify({ target: { kind: "linked" }, _tag: "Error", error });
}

const PUSH = ["db", "push", "--yes", "--remote=abcdefghijklmnopqrst"];

Deno.test("the CLI's own reason is shown, without the lines about its plan", () => {
  const stderr =
    `${NOISE}DRY RUN: migrations will *not* be pushed to the database.\nUnauthorized\n`;
  assert.equal(
    explainFailure(["secrets", "list", "-o", "json"], { stdout: "", stderr }),
    "supabase secrets list failed:\nUnauthorized",
  );
});

Deno.test("an answer of the Management API is shown as its message", () => {
  const stdout = failure("X", 'unexpected login role status 403: {"message":"Forbidden \\"x\\""}');
  assert.equal(
    explainFailure(PUSH, { stdout, stderr: NOISE }),
    'supabase db push failed:\nunexpected login role status 403: Forbidden "x"',
  );
});

const ADVICE: [code: string, advice: RegExp][] = [
  ["DbConfigLoginRoleMissingPrivilegedRoleError", /SUPABASE_DB_PASSWORD/],
  ["DbConfigLoginRoleStatusError", /SUPABASE_DB_PASSWORD/],
  ["DbConfigConnectTempRoleError", /SUPABASE_DB_PASSWORD/],
  ["DbConfigIpv6Error", /IPv4 add-on/],
  ["DbPushMissingLocalError", /Do not mark migrations as reverted/],
];

for (const [code, advice] of ADVICE) {
  Deno.test(`${code} gets our fix instead of the CLI's suggestion`, () => {
    const suggestion = "supabase migration repair --status reverted 1 2 3";
    const text = explainFailure(PUSH, { stdout: failure(code, "m", suggestion), stderr: NOISE });
    assert.match(text, advice);
    assert.doesNotMatch(text, /--status reverted/);
  });
}

Deno.test("a suggestion of the CLI's stays where there is nothing to add", () => {
  const stdout = failure("DbConnectError", "tls error", "\nSet PGSSLROOTCERT\n");
  assert.equal(
    explainFailure(PUSH, { stdout, stderr: NOISE }),
    "supabase db push failed:\ntls error\nSet PGSSLROOTCERT",
  );
});

Deno.test("for objects that exist already, the fix is a row in the history and never a revert", () => {
  const message = 'ERROR: relation "modules" already exists (SQLSTATE 42P07)\nAt statement: 0\n' +
    "create table public.modules (…)";
  const stderr =
    `${NOISE}Applying migration 1_a.sql...\nApplying migration 20261121000300_b.sql...\n`;
  const text = explainFailure(PUSH, { stdout: failure("DbPushApplyError", message), stderr });
  assert.match(text, /already exists \(SQLSTATE 42P07\)\nThat was in 20261121000300_b\.sql/);
  assert.match(
    text,
    /\n {2}npx supabase@3\.1\.0 migration repair --status applied 20261121000300 --remote=abcdefghijklmnopqrst$/,
  );
  assert.doesNotMatch(text, /create table/);
});

Deno.test("a list in the detail of an error is shown whole", () => {
  const message =
    "ERROR: Sesame can not be installed here (SQLSTATE P0001)\n- table a\n- table b\n" +
    "At statement: 1\ndo $$ begin";
  const text = explainFailure(PUSH, { stdout: failure("DbPushApplyError", message), stderr: "" });
  assert.match(text, /here \(SQLSTATE P0001\)\n- table a\n- table b\nThat was in/);
});
