import assert from "node:assert/strict";
import { startFunctions } from "./functions.ts";
import { makeProject } from "./testing.ts";

const CALLS = 'import { word } from "word";\nDeno.serve(() => new Response(word));\n';
const map = (file: string) => JSON.stringify({ imports: { word: file } });
const word = (text: string) => `export const word = ${JSON.stringify(text)};\n`;

/** An app that names its imports in every way that the CLI knows. */
const APP: Record<string, string> = {
  "config.toml": `
    [functions.named]
    import_map = "./functions/words.json"
    [functions.elsewhere]
    entrypoint = "./functions/other/main.ts"
    [functions.off]
    enabled = false
  `,
  "functions/named/index.ts": CALLS,
  "functions/named/deno.json": map("./no.ts"),
  "functions/words.json": map("./_shared/named.ts"),
  "functions/beside/index.ts": CALLS,
  "functions/beside/deno.jsonc": `// a comment\n${map("../_shared/beside.ts")}`,
  "functions/fallback/index.ts": CALLS,
  "functions/import_map.json": map("./_shared/fallback.ts"),
  "functions/other/main.ts": CALLS,
  "functions/off/index.ts": CALLS,
  "functions/broken/index.ts": "throw new Error('it does not start');",
  "functions/_shared/named.ts": word("named"),
  "functions/_shared/beside.ts": word("beside"),
  "functions/_shared/fallback.ts": word("fallback"),
};

Deno.test("an app's functions find their imports as they are deployed", async (t) => {
  await using project = await makeProject({
    ...APP,
    "config.toml": (APP["config.toml"] ?? "").replaceAll("]\n", "]\n    verify_jwt = false\n") +
      "[functions.beside]\nverify_jwt = false\n[functions.fallback]\nverify_jwt = false\n" +
      "[functions.broken]\nverify_jwt = false\n",
  });
  const log: string[] = [];
  const functions = await startFunctions({
    project: project.url,
    jwtSecret: "secret",
    readEnv: () => Promise.resolve({}),
    log: (line) => void log.push(line),
  });
  const answer = async (name: string) => {
    const response = await functions.fetch(new Request(`http://localhost/${name}`));
    return [response.status, await response.text()] as const;
  };
  try {
    for (
      const [name, text] of [
        ["named", "named"],
        ["beside", "beside"],
        ["fallback", "fallback"],
        ["elsewhere", "fallback"],
      ] as const
    ) {
      await t.step(`of ${name}`, async () => {
        assert.deepEqual(await answer(name), [200, text], log.join("\n"));
      });
    }
    await t.step("one that is switched off is not there", async () => {
      assert.equal((await answer("off"))[0], 404);
    });
    await t.step("one that throws at its start is reported, and the others run", async () => {
      assert.equal((await answer("broken"))[0], 503);
      assert.ok(log.some((line) => /\[broken\] .*it does not start/.test(line)), log.join("\n"));
    });
  } finally {
    await functions.stop();
  }
});
