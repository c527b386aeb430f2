import assert from "node:assert/strict";
import { Misconfigured, readEnv, required, type Source } from "./env.ts";

function sourceOf(variables: Record<string, string>): Source {
  return (name) => variables[name];
}

const readers = {
  name: (source: Source) => required(source, "NAME", "your name"),
  door: (source: Source) => required(source, "DOOR", "which door"),
};

Deno.test("all settings are read without surrounding blanks", () => {
  const source = sourceOf({ NAME: " ada\n", DOOR: "2" });
  assert.deepEqual(readEnv(readers, source), { name: "ada", door: "2" });
});

Deno.test("one error names every missing or blank variable and its fix", () => {
  assert.throws(() => readEnv(readers, sourceOf({ DOOR: "  " })), (error) => {
    assert(error instanceof Misconfigured);
    assert.deepEqual(error.problems, [
      "NAME is missing or empty: your name",
      "DOOR is missing or empty: which door",
    ]);
    assert.match(error.message, /NAME[\s\S]*DOOR/);
    return true;
  });
});

Deno.test("a bug in a reader is not reported as a wrong variable", () => {
  const broken = {
    name: () => {
      throw new RangeError("bug");
    },
  };
  assert.throws(() => readEnv(broken, sourceOf({})), RangeError);
});
