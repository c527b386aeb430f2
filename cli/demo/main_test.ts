import assert from "node:assert/strict";
import { until } from "../../local/testing.ts";

Deno.test("the demo runs to its end, exits 0, and prints no error", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "demo"],
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
  }).output();
  const story = new TextDecoder().decode(stdout);
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.equal(code, 0, story);
  const chapters = [
    "up at",
    "no module",
    "applied",
    "is open",
    "no one else",
    "duplicate",
    "closed",
  ];
  for (const chapter of chapters) assert.ok(story.includes(chapter), `${chapter}\n${story}`);
});

Deno.test("the demo cut off by Ctrl-C stops its stack and says so", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "demo"],
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let story = "";
  const read = child.stdout.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (text) => void (story += text) }));
  await until(() => story.includes("up at"), 60);
  child.kill("SIGINT");
  const { code } = await child.status;
  await read;
  await child.stderr.cancel();
  assert.equal(code, 130, story);
  assert.match(story, /Stopped by SIGINT; nothing is left behind\.\n$/);
  const url = /http:\S+/.exec(story)?.[0] ?? "";
  await assert.rejects(fetch(url));
});
