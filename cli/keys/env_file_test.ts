import assert from "node:assert/strict";
import { parseEnv } from "node:util";
import { readText, variableIn, withVariable, writeWhole } from "./env_file.ts";

const VALUE = '{"keys":[{"kid":"$&"}]}';
const LINE = `KEYS='${VALUE}'`;

for (
  const [title, before, after] of [
    ["an empty file", "", `${LINE}\n`],
    ["a file without it", "A=1\n# b\n", `A=1\n# b\n${LINE}\n`],
    ["a file without a last newline", "A=1", `A=1\n${LINE}\n`],
    ["a file of Windows'", "A=1\r\n", `A=1\r\n${LINE}\r\n`],
    ["a line in the middle", "A=1\r\nKEYS=old\r\n\r\n B = 2", `A=1\r\n${LINE}\r\n\r\n B = 2`],
    ["an empty value", "KEYS=\nA=1\n", `${LINE}\nA=1\n`],
    ["a value in single quotes", "KEYS='{\"a\":1}' # ours\n", `${LINE} # ours\n`],
    ["a value over several lines", "KEYS='{\n\"a\":\n1}'\nA=1\n", `${LINE}\nA=1\n`],
    ["an exported one", "export KEYS=old\n", `${LINE}\n`],
    [
      "names that only look alike",
      "MY_KEYS=1\nKEYS_2=2\n#KEYS=3\n",
      `MY_KEYS=1\nKEYS_2=2\n#KEYS=3\n${LINE}\n`,
    ],
  ] as const
) {
  Deno.test(`${title}: one line changes, and every other byte stays`, () => {
    const changed = withVariable(before, "KEYS", VALUE);
    assert.equal(changed, after);
    assert.equal(parseEnv(changed).KEYS, VALUE);
    assert.equal(variableIn(changed, "KEYS"), VALUE);
  });
}

Deno.test("a file that cannot be changed safely is left unchanged", () => {
  for (const text of ["KEYS=1\nKEYS=2\n", "A='\nKEYS=1\n'\nKEYS=2\n"]) {
    assert.throws(() => withVariable(text, "KEYS", VALUE), { name: "UserError" }, text);
  }
  assert.throws(() => withVariable("", "KEYS", "it's"), { name: "UserError" });
});

Deno.test("the file becomes readable for its owner only, and leaves no other file beside it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sesame-keys-" });
  const file = `${folder}/.env`;
  assert.equal(await readText(file), "");
  await Deno.writeTextFile(file, "A=1\n", { mode: 0o644 });
  await Deno.symlink(file, `${folder}/link`);
  await writeWhole(`${folder}/link`, "A=2\n");
  assert.equal(await readText(file), "A=2\n");
  assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
  assert.equal((await Deno.lstat(`${folder}/link`)).isSymlink, true);
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  assert.deepEqual(names.sort(), [".env", "link"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a file that is not text, or has no folder, is named in the error", async () => {
  const file = await Deno.makeTempFile({ prefix: "sesame-keys-" });
  await Deno.writeFile(file, Uint8Array.of(0x41, 0xff));
  await assert.rejects(readText(file), { name: "UserError", message: `${file} is not UTF-8 text` });
  await Deno.remove(file);
  await assert.rejects(writeWhole(`${file}/.env`, ""), {
    name: "UserError",
    message: `${file}/.env cannot be written: its folder does not exist`,
  });
});
