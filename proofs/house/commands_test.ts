/** Every command in one frame: help, a mistyped option, and an environment that is missing. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../cli/main.ts";
import { trackedFiles } from "./files.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as {
  tasks: Record<string, { description: string; command: string }>;
};

/** The tasks that are programs of ours, and their files; the others are `deno test`. */
const PROGRAMS = Object.entries(tasks).flatMap(([name, { command }]) => {
  const [, file] = /^deno run -A (\S+\.ts)$/.exec(command) ?? [];
  return file === undefined ? [] : [{ name, file }];
});

/** Variables that must be missing in these tests. */
const UNSET = ["SUPABASE_URL", "SUPABASE_SECRET_KEY", "SUPABASE_DB_URL", "STRIPE_SECRET_KEY"];

interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs a program where no stack runs, without any variable that names a project. */
async function run(file: string, ...args: string[]): Promise<Ran> {
  const env = Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => !UNSET.includes(name)),
  );
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `${ROOT}${file}`, ...args],
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1", SUPABASE_TELEMETRY_DISABLED: "1" },
    clearEnv: true,
    stdin: "null",
  }).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

/** The options that documents and printed texts give to each task. */
const WRITTEN = optionsIn(
  (await trackedFiles())
    .filter(({ path }) => /\.(md|ts|yml)$/.test(path) && !/^CHANGELOG|_test\.ts$/.test(path))
    .map(({ text }) => text).join("\n"),
);

/** {task: its options}, of all command lines `deno@2.9.6 task …` in a text. */
function optionsIn(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name = "", rest = ""] of text.matchAll(/deno@2\.9\.6 task ([\w:]+)([^\n`#|>]*)/g)) {
    const options = found.get(name) ?? new Set();
    for (const [option] of rest.matchAll(/(?<=\s)--[a-z][\w-]*/g)) options.add(option);
    found.set(name, options);
  }
  return found;
}

Deno.test("options are found on each command line of a text", () => {
  const text = "Run `npx -y deno@2.9.6 task dev --port 1 --db-port 2`, then\n" +
    "npx -y deno@2.9.6 task keys rotate --json  # --not-this\nnpx -y deno@2.9.6 task dev --listen";
  assert.deepEqual(
    optionsIn(text),
    new Map([["dev", new Set(["--port", "--db-port", "--listen"])], ["keys", new Set(["--json"])]]),
  );
});

/** Checks that the error is one line without a trace. */
function assertOneLine({ out, err }: Ran): void {
  assert.equal(out, "");
  assert.match(err, /^[^\n]+\n$/);
  assert.doesNotMatch(err, /\bat .*\.ts:\d+|Uncaught|Unexpected error/);
}

Deno.test("every task says in one line what it does", () => {
  assert.ok(PROGRAMS.length > 15);
  for (const [name, { description }] of Object.entries(tasks)) {
    assert.match(description, /^[A-Z][^\n]{10,99}[^.]$/, name);
  }
  for (const { name, summary } of COMMANDS) {
    // The task of this name tests the repository.
    if (name !== "test") assert.equal(tasks[name]?.description, summary);
  }
});

for (const { name, file } of PROGRAMS) {
  Deno.test(`${name} --help shows usage, options, examples and exit codes`, async () => {
    const { code, out, err } = await run(file, "--help");
    assert.deepEqual([code, err], [0, ""]);
    const first = `Usage: npx -y deno@2.9.6 task ${name} `;
    assert.ok(out.startsWith(first), out);
    assert.match(out, /\n\nOptions:\n[^]*--help/);
    const unknown = [...WRITTEN.get(name) ?? []].filter((option) => !out.includes(option));
    assert.deepEqual(unknown, [], "a document gives it an option that it does not have");
    if (name === "sesame") return;
    const usage = `npx -y deno@2.9.6 task ${name}`;
    assert.ok(out.includes(`\n\nExamples:\n  ${usage}`), out);
    assert.match(out, /\n\nExit codes:\n {2}0 {2}[^]*standard error says why\n$/);
  });

  Deno.test(`${name} --hepl gets the nearest option in one line`, async () => {
    const ran = await run(file, "--hepl");
    assertOneLine(ran);
    assert.equal(
      ran.err,
      "Unknown option --hepl. Did you mean --help? " +
        `All options: npx -y deno@2.9.6 task ${name} --help\n`,
    );
    assert.equal(ran.code, ["doctor", "setup"].includes(name) ? 3 : 2);
  });
}

/** Of each command that needs a project or a stack: how it is typed, and what is missing. */
const BARE: readonly [file: string, args: string[], missing: RegExp][] = [
  [
    "cli/doctor/main.ts",
    [],
    /^No stack runs .* dev starts one\).* SUPABASE_URL and SUPABASE_SECRET_KEY are/,
  ],
  [
    "cli/explain/main.ts",
    ["pi_1"],
    /^No stack runs .* SUPABASE_URL and SUPABASE_SECRET_KEY are missing: /,
  ],
  [
    "cli/reconcile/main.ts",
    [],
    /^No stack runs .* SUPABASE_URL and SUPABASE_SECRET_KEY are missing: /,
  ],
  ["cli/backfill/main.ts", [], /^No stack runs .* SUPABASE_DB_URL is missing: set it in the/],
  ["cli/setup/main.ts", [], /^--ref is missing: .*\. STRIPE_SECRET_KEY is missing: set it in the/],
  [
    "cli/stripe/main.ts",
    ["invoice.paid", "--stack-file", "/nowhere"],
    /start one with .* task dev/,
  ],
  ["cli/stripe/main.ts", [], /^<type> is missing\. All options: .* task stripe --help/],
  ["cli/explain/main.ts", [], /^<reference> is missing\. All options: .* task explain --help/],
  ["cli/keys/main.ts", ["withdraw", "--secrets-file", "/nowhere/.env"], /there is no retired key/],
];

for (const [file, args, missing] of BARE) {
  const typed = [file.split("/")[1], ...args].join(" ");
  Deno.test({
    name: `${typed} without its environment says in one line what is missing`,
    // A stack that runs on this machine would answer.
    ignore: await Deno.stat(`${ROOT}supabase/.temp/local.env`).then(() => true, () => false),
    async fn() {
      const ran = await run(file, ...args);
      assertOneLine(ran);
      assert.match(ran.err, missing);
      assert.ok(ran.code >= 2, `${ran.code}`);
    },
  });
}

/** A port that nothing listens at. */
function freePort(): number {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  listener.close();
  return listener.addr.port;
}

Deno.test("a project that nothing answers for is one line that names it", async () => {
  const file = await Deno.makeTempFile({ prefix: "sesame-env-" });
  const nowhere = `127.0.0.1:${freePort()}`;
  await Deno.writeTextFile(
    file,
    `SUPABASE_URL=http://${nowhere}\nSUPABASE_SECRET_KEY=sb_secret_4242\n` +
      `SUPABASE_DB_URL=postgresql://postgres:pass4242@${nowhere}/postgres\n`,
  );
  try {
    for (const name of ["reconcile", "backfill", "explain"]) {
      const words = name === "explain" ? ["pi_1"] : [];
      const ran = await run(`cli/${name}/main.ts`, ...words, "--env-file", file);
      assertOneLine(ran);
      assert.equal(ran.code, 2);
      assert.doesNotMatch(ran.err, /4242/);
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("an old name of an option is answered with the name of today", async () => {
  for (
    const [name, today] of [
      ["dev", "--stack-file"],
      ["stripe", "--stack-file"],
      ["keys", "--secrets-file"],
      ["setup", "--secrets-file"],
    ]
  ) {
    const ran = await run(`cli/${name}/main.ts`, "--env", "x.env");
    assertOneLine(ran);
    assert.equal(ran.err, `--env is called ${today} now.\n`);
  }
});

Deno.test("sesame lists every command, and runs the one that is named", async () => {
  const { code, out } = await run("cli/main.ts", "--help");
  assert.equal(code, 0);
  const listed = [...out.matchAll(/^ {2}([a-z]+) {2,}[A-Z]/gm)].map(([, name]) => name);
  assert.deepEqual(listed, COMMANDS.map(({ name }) => name));
  for (const { name } of COMMANDS) {
    const help = await run("cli/main.ts", name, "--help");
    assert.match(help.out, new RegExp(`^Usage: npx -y deno@2\\.9\\.6 task sesame ${name} `));
  }
  const ran = await run("cli/main.ts", "reconcile", "--dry-rnu");
  assert.deepEqual([ran.code, ran.err], [
    2,
    "Unknown option --dry-rnu. Did you mean --dry-run? " +
    "All options: npx -y deno@2.9.6 task sesame reconcile --help\n",
  ]);
});

Deno.test("an unknown command gets the nearest one", async () => {
  const ran = await run("cli/main.ts", "doctr");
  assertOneLine(ran);
  assert.equal(
    ran.err,
    "Unknown command doctr. Did you mean doctor? " +
      "All commands: npx -y deno@2.9.6 task sesame --help\n",
  );
  assert.equal(ran.code, 2);
});
