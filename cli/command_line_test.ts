import assert from "node:assert/strict";
import { Complaint } from "../local/terminal.ts";
import { ENV_FILE, readCommandLine } from "./command_line.ts";

const SECRET = "sb_secret_4242";

function read(...args: string[]) {
  return readCommandLine({ args, options: { json: { type: "boolean" }, ...ENV_FILE } }).values;
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

Deno.test("flags are read as parseArgs reads them", () => {
  assert.deepEqual({ ...read("--json", "--env-file", "a.env") }, {
    json: true,
    "env-file": "a.env",
  });
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
  const { positionals } = readCommandLine({ args: ["constructor"], allowPositionals: true });
  assert.deepEqual(positionals, ["constructor"]);
});
