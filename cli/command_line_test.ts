import assert from "node:assert/strict";
import { Complaint } from "../local/terminal.ts";
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

function complaint(...args: string[]): string {
  try {
    read(...args);
  } catch (error) {
    assert.ok(error instanceof Complaint);
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

Deno.test("an unknown option gets the nearest one, and where all of them are listed", () => {
  const all = "All options: sesame x --help";
  assert.equal(complaint("--dry-rnu"), `Unknown option --dry-rnu. Did you mean --dry-run? ${all}`);
  assert.equal(complaint("--jsn=x"), `Unknown option --jsn. Did you mean --json? ${all}`);
  assert.equal(complaint("--zzzzzzz"), `Unknown option --zzzzzzz. ${all}`);
  assert.equal(complaint("--json=x"), `--json takes no value. ${all}`);
  assert.equal(complaint("--blocks"), `--blocks <number> needs a value. ${all}`);
  assert.equal(complaint("word"), `There are more words than this command takes. ${all}`);
  assert.equal(complaint("--blocks", "0"), "--blocks takes a whole number above 0, not 0");
});

Deno.test("an option that has another name today is answered with that name", () => {
  assert.equal(complaint("--env", "a.env"), "--env is called --env-file now.");
});

Deno.test("a secret typed as a flag is answered with where it belongs, and never shown", () => {
  for (const args of [["--key", SECRET], [`--key=${SECRET}`], ["--json", "--key", SECRET]]) {
    const message = complaint(...args);
    assert.match(message, /^--key is not accepted.* set SUPABASE_SECRET_KEY in the environment/);
    assert.doesNotMatch(message, /4242|\n/);
  }
  assert.match(complaint("--db-url", `postgresql://x:${SECRET}@host/db`), /set SUPABASE_DB_URL/);
  assert.doesNotMatch(complaint(`--db-url=postgresql://x:${SECRET}@host/db`), /4242|\n/);
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
    assert.doesNotMatch(complaint(...args), /4242|\n/, args.join(" "));
  }
});

Deno.test("a word that every object of JavaScript has is a word like any other", () => {
  const read = readCommandLine({ arguments: "<word>", options: {} }, ["constructor"], "sesame x");
  assert.deepEqual(read?.words, ["constructor"]);
  assert.throws(
    () => readCommandLine({ arguments: "<word>", options: {} }, [], "sesame x"),
    { message: "<word> is missing. All options: sesame x --help" },
  );
});
