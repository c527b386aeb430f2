import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { failureInWords, withoutSecrets } from "./failure.ts";
import { UserError } from "../local/terminal.ts";
import { Misconfigured } from "../supabase/functions/_shared/env.ts";

const FRAME = new URL("frame.ts", import.meta.url);
const CONFIG = fileURLToPath(new URL("../deno.json", import.meta.url));
const OPTIONS = new URL("options.ts", import.meta.url);

interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs a command in its own process. `run` is the source of its function. */
async function run(body: string, args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const program = `
    import { command } from "${FRAME}";
    import { flag, value, withDefault } from "${OPTIONS}";
    const it = command({
      name: "sample",
      summary: "Do one thing",
      details: "It takes a moment.",
      arguments: "[word]",
      options: {
        dryRun: flag("change nothing"),
        size: withDefault(value("<number>", "how large"), "3"),
      },
      examples: ["", "--size 4"],
      exitCodes: ["done"],
      async run({ options, words }) { ${body} },
    });
    await it.runAndExit();`;
  const file = await Deno.makeTempFile({ prefix: "sesame-command-", suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, program);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", CONFIG, file, ...args],
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
    }).output();
    const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, out, err };
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("--help shows usage, options with defaults, examples and exit codes", async () => {
  const { code, out, err } = await run("return 0;", ["--help"]);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    `Usage: npx -y deno@2.9.6 task sample [options] [word]

Do one thing.

It takes a moment.

Options:
  --dry-run        change nothing
  --size <number>  how large (default: 3)
  -h, --help       show this help

Examples:
  npx -y deno@2.9.6 task sample
  npx -y deno@2.9.6 task sample --size 4

Exit codes:
  0  done
  2  it could not be done; standard error says why
`,
  );
});

Deno.test("a command gets its options and words, and its result is the exit code", async () => {
  const { code, out } = await run(
    "console.log(JSON.stringify([options, words])); return 7;",
    ["--dry-run", "word", "--size", "5"],
  );
  assert.equal(code, 7);
  assert.deepEqual(JSON.parse(out), [{ dryRun: true, size: "5" }, ["word"]]);
});

Deno.test("an unexpected error is one line without a trace, and a trace with SESAME_DEBUG", async () => {
  const body = 'throw new RangeError("the sky fell\\nin two lines");';
  const plain = await run(body, []);
  assert.deepEqual(plain, {
    code: 2,
    out: "",
    err:
      "Unexpected error: the sky fell. To see where it comes from, set SESAME_DEBUG to 1 and run it again.\n",
  });
  const debugged = await run(body, [], { SESAME_DEBUG: "1" });
  assert.match(debugged.err, /^Unexpected error: the sky fell\.[^]*\n {4}at /);
});

Deno.test("an error that the user can fix is its own message", () => {
  assert.deepEqual(failureInWords(new UserError("do this"), false), ["do this"]);
  assert.deepEqual(
    failureInWords(new Misconfigured(["A is wrong", "B is missing"]), false),
    ["A is wrong; B is missing"],
  );
});

Deno.test("an error about an unreachable database or server says what to check", () => {
  const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  assert.deepEqual(failureInWords(refused, false), [
    "The database cannot be reached: no database listens there (ECONNREFUSED). Check SUPABASE_DB_URL.",
  ]);
  const unsent = new TypeError("fetch failed", {
    cause: new Error("error sending request for url (https://x.supabase.co/rest/v1/): dns"),
  });
  assert.deepEqual(failureInWords(unsent, false), [
    "https://x.supabase.co cannot be reached. Check the URL, and whether it runs.",
  ]);
});

Deno.test("no error shows a key or a password", () => {
  for (
    const secret of [
      "sb_secret_4242",
      "sk_test_4242",
      "rk_live_4242",
      "whsec_4242",
      "sbp_4242",
      "eyJhbGciOiJI.eyJ4242.4242",
      "postgresql://postgres:pass4242@host:5432/postgres",
    ]
  ) {
    for (const isDebugging of [true, false]) {
      const lines = failureInWords(new Error(`refused ${secret} there`), isDebugging);
      assert.doesNotMatch(lines.join("\n"), /4242/, secret);
    }
  }
  assert.equal(withoutSecrets("postgresql://postgres:p@host/x"), "postgresql://postgres:…@host/x");
});
