import assert from "node:assert/strict";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { deploy } from "./deploy.ts";
import { PROJECT } from "./supabase_cli.ts";

const FUNCTIONS = "supabase/functions";
const IMPORT_MAP = `${FUNCTIONS}/deno.json`;

Deno.test("supabase functions deploy", async (t) => {
  const { code, stderr, uploads } = await deploy();

  await t.step("succeeds without a warning", () => {
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /WARN/i);
  });

  await t.step("takes every function", () => {
    assert.deepEqual([...uploads.keys()].sort(), listFunctions());
  });

  for (const [name, { metadata, files }] of uploads) {
    await t.step(
      `uploads of ${name} what it imports, its import map, and nothing else`,
      async () => {
        const entrypoint = `${FUNCTIONS}/${name}/index.ts`;
        assert.equal(metadata.entrypoint_path, entrypoint);
        assert.equal(metadata.import_map_path, IMPORT_MAP);
        assert.deepEqual(
          [...files.keys()].sort(),
          [IMPORT_MAP, ...await importsOf(entrypoint)].sort(),
        );
      },
    );
  }

  await t.step("lets Stripe in without a JWT", () => {
    assert.equal(uploads.get("stripe-webhook")?.metadata.verify_jwt, false);
  });
});

/** The folders that the CLI deploys: those with an `index.ts`. */
function listFunctions(): string[] {
  const folders = Array.from(Deno.readDirSync(PROJECT + FUNCTIONS)).filter(({ isDirectory }) =>
    isDirectory
  );
  return folders.map(({ name }) => name).filter(hasEntrypoint).sort();
}

function hasEntrypoint(name: string): boolean {
  return Array.from(Deno.readDirSync(`${PROJECT}${FUNCTIONS}/${name}`)).some((file) =>
    file.name === "index.ts"
  );
}

/** The project's own files in the module graph, the entry point among them. */
async function importsOf(entrypoint: string): Promise<string[]> {
  const info = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entrypoint],
    cwd: PROJECT,
  });
  const graph = JSON.parse(new TextDecoder().decode((await info.output()).stdout));
  const urls: string[] = graph.modules.map((module: { specifier: string }) => module.specifier);
  return urls
    .filter((url) => url.startsWith("file:") && !url.includes("/node_modules/"))
    .map((url) => relative(PROJECT, fileURLToPath(url)));
}
