/** On a terminal that `script` of util-linux makes: elsewhere the bar cannot be seen. */

import assert from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);

/** Works for as long as the first argument says, and then prints a line. */
const PROGRAM = `
import { progressBar, watched } from "${new URL("./progress_bar.ts", import.meta.url)}";
import { say } from "${new URL("../local/terminal.ts", import.meta.url)}";
const [milliseconds, json] = Deno.args;
const work = () => new Promise((resolve) => setTimeout(resolve, Number(milliseconds)));
await watched(progressBar({ json: json === "json" }), "a title of some length".repeat(9), work);
say("done");
`;

interface Terminal {
  columns?: number;
  milliseconds?: number;
  env?: Record<string, string>;
  /** What follows on the command line. */
  more?: string;
}

const LONG = 2_600;

/** All bytes that reach the terminal. */
async function shownOn(terminal: Terminal): Promise<string> {
  const { columns = 80, milliseconds = LONG, env = {}, more = "" } = terminal;
  const program = await Deno.makeTempFile({ prefix: "sesame-bar-", suffix: ".ts" });
  try {
    await Deno.writeTextFile(program, PROGRAM);
    const run = `"${Deno.execPath()}" run -A --quiet --config deno.json ` +
      `"${program}" ${milliseconds} ${more}`;
    const { stdout } = await new Deno.Command("script", {
      args: ["-qec", `stty cols ${columns} rows 24; ${run}`, "/dev/null"],
      cwd: ROOT,
      env: { TERM: "xterm", CI: "", NO_COLOR: "", SHELL: "/bin/sh", ...env },
      stdin: "null",
    }).output();
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(program);
  }
}

/** The cursor at the start of the line, and the line without its text. */
const CLEARED = "\x1b[1G\x1b[2K";

const onLinux = { ignore: Deno.build.os !== "linux" };

Deno.test(
  "after two seconds a bar fits the terminal, and it is cleared at the end",
  onLinux,
  async () => {
    await Promise.all([80, 40].map(async (columns) => {
      const shown = await shownOn({ columns });
      assert.match(shown, /[█·]{10,} 0 % a title/);
      assert.ok(shown.endsWith(`${CLEARED}done\r\n`), shown);
      const drawn = shown.split("\x1b").map((text) => text.replace(/^[78]|^\[\d*[A-Z]/, ""));
      const widest = Math.max(...drawn.map((text) => text.length));
      assert.ok(widest < columns, `${widest} columns`);
    }));
  },
);

const WITHOUT: [why: string, terminal: Terminal][] = [
  ["work of less than two seconds", { milliseconds: 300 }],
  ["--json", { more: "json" }],
  ["CI", { env: { CI: "true" } }],
  ["NO_COLOR", { env: { NO_COLOR: "1" } }],
  ["TERM=dumb", { env: { TERM: "dumb" } }],
  ["standard output that goes to a program", { more: "| cat" }],
  ["standard error that goes to a program", { more: "2>&1 >/dev/tty | cat" }],
];

Deno.test("scripts, logs and short work get no bar", onLinux, async () => {
  await Promise.all(WITHOUT.map(async ([why, terminal]) => {
    assert.equal(await shownOn(terminal), "done\r\n", why);
  }));
});
