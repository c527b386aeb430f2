import assert from "node:assert/strict";
import { asksForHelp, helpOf } from "./help.ts";

const ROOT = new URL("../", import.meta.url);
const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));

/** Of a task that is a program of ours, its file. */
const FILES = Object.entries<string>(tasks).flatMap(([name, command]) => {
  const [, file] = /^deno run -A (\S+\.ts)$/.exec(command) ?? [];
  return file === undefined ? [] : [[name, file] as const];
});

for (const [name, file] of FILES) {
  const source = await Deno.readTextFile(new URL(file, ROOT));
  if (!source.includes("runProgram(")) continue; // a tool for those who work on Sesame
  Deno.test(`${name} --help says how it is typed`, async () => {
    const help = (await helpOf(new URL(file, ROOT).href)).join("\n");
    assert.ok(help.includes(`npx -y deno@2.9.6 task ${name}`), help);
    assert.doesNotMatch(help, /@module|^ \*|\*\//m);
  });
}

Deno.test("help is asked for by name or in short, and by nothing else", () => {
  assert.deepEqual(
    [["--help"], ["x", "-h"], ["--helpful"], ["help"], []].map((args) => asksForHelp(args)),
    [true, true, false, false, false],
  );
});

Deno.test("doctor --help answers with usage and exit codes, asks nobody and ends well", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "cli/doctor/main.ts", "--help"],
    cwd: ROOT,
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(code, 0);
  assert.match(text, /task doctor \[--fix/);
  assert.match(text, /Exit code 0: all well/);
});
