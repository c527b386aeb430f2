import assert from "node:assert/strict";
import { UserError } from "../local/terminal.ts";
import { readCommandLine } from "./command_line.ts";
import { ENV_FILE, flag, list, positive, value, withDefault } from "./options.ts";

const SECRET = "sb_secret_4242";

const OPTIONS = {
  json: flag("as JSON"),
  dryRun: flag("change nothing"),
  blocks: withDefault(value("<number>", "how many", positive), "8"),
  replace: list("<name>", "which"),
  envFile: ENV_FILE,
};

function read(...args: string[]) {
  const renamed = { "--env": "--env-file" };
  return readCommandLine({ options: OPTIONS, renamed }, args, "sesame x")?.options;
}

function problem(...args: string[]): string {
  try {
    read(...args);
  } catch (error) {
    assert.ok(error instanceof UserError);
    return error.message;
  }
  assert.fail(`${args.join(" ")} was accepted`);
}

Deno.test("options are read, with their defaults and their types", () => {
  const nothing = { json: false, dryRun: false, blocks: 8, replace: [], envFile: undefined };
  assert.deepEqual(read(), nothing);
  assert.deepEqual(read("--json", "--env-file", "a.env", "--blocks=16"), {
    ...nothing,
    json: true,
    blocks: 16,
    envFile: "a.env",
  });
  assert.deepEqual(read("--replace", "a", "--replace", "b")?.replace, ["a", "b"]);
});

Deno.test("an error about an unknown option names the nearest one and --help", () => {
  const all = "All options: sesame x --help";
  assert.equal(problem("--dry-rnu"), `Unknown option --dry-rnu. Did you mean --dry-run? ${all}`);
  assert.equal(problem("--jsn=x"), `Unknown option --jsn. Did you mean --json? ${all}`);
  assert.equal(problem("--zzzzzzz"), `Unknown option --zzzzzzz. ${all}`);
  assert.equal(problem("--json=x"), `--json takes no value. ${all}`);
  assert.equal(problem("--blocks"), `--blocks <number> needs a value. ${all}`);
  assert.equal(problem("word"), `There are more words than this command takes. ${all}`);
  assert.equal(problem("--blocks", "0"), "--blocks takes a whole number above 0, not 0");
});

Deno.test("an error about an old option names its new name", () => {
  assert.equal(problem("--env", "a.env"), "--env is called --env-file now.");
});

Deno.test("an error about a secret in an option says where it belongs, and never shows it", () => {
  for (const args of [["--key", SECRET], [`--key=${SECRET}`], ["--json", "--key", SECRET]]) {
    const message = problem(...args);
    assert.match(message, /^--key is not accepted.* set SUPABASE_SECRET_KEY in the environment/);
    assert.doesNotMatch(message, /4242|\n/);
  }
  assert.match(problem("--db-url", `postgresql://x:${SECRET}@host/db`), /set SUPABASE_DB_URL/);
  assert.doesNotMatch(problem(`--db-url=postgresql://x:${SECRET}@host/db`), /4242|\n/);
});

Deno.test("a mistake of any other kind is one line without a value", () => {
  for (
    const args of [
      ["--stripe-key", SECRET],
      [`--${SECRET}`],
      [`-${SECRET}`],
      [`--stripe-key=${SECRET}`],
      [SECRET],
      ["--json", SECRET],
      [`--json=${SECRET}`],
    ]
  ) {
    assert.doesNotMatch(problem(...args), /4242|\n/, args.join(" "));
  }
});

Deno.test("an option with the name of a JavaScript object property is an unknown option", () => {
  const read = readCommandLine({ arguments: "<word>", options: {} }, ["constructor"], "sesame x");
  assert.deepEqual(read?.words, ["constructor"]);
  assert.throws(
    () => readCommandLine({ arguments: "<word>", options: {} }, [], "sesame x"),
    { message: "<word> is missing. All options: sesame x --help" },
  );
});
