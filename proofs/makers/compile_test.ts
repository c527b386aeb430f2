import assert from "node:assert/strict";
import { compile } from "./compile.ts";

/** Compiles one file. Returns its JavaScript, or the first line of the error. */
async function compiled(source: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-compile-" });
  try {
    await Deno.writeTextFile(`${folder}/a.ts`, source);
    compile(folder, "a.ts", `${folder}/dist`);
    return await Deno.readTextFile(`${folder}/dist/a.js`);
  } catch (error) {
    return String(error).split("\n")[0] ?? "";
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("what every platform has compiles", async () => {
  const source = "export function later(work: () => void): void { setTimeout(work, 1); }\n";
  assert.match(await compiled(source), /^export function later\(work\) \{ setTimeout/);
});

for (
  const own of [
    "document.title",
    "location.href",
    "process.env",
    "Deno.env",
    "fetch('x')",
    "window",
  ]
) {
  Deno.test(`attack: a core that uses ${own} does not compile`, async () => {
    assert.match(await compiled(`export const value = ${own};\n`), /Cannot find name/);
  });
}
