/** A function starts without packages, and without the modules of Node. They are loaded when they are used. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { functionNames } from "../bundle/function_names.ts";

const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url);

/** The packages that a function cannot start without. Every key of a token passes through `jose`. */
const AT_START: Record<string, string[]> = { "module-token": ["jose"] };

/** The parts of `deno info --json` that are used here. */
interface Graph {
  roots: string[];
  modules: { specifier: string; dependencies?: Dependency[] }[];
}

interface Dependency {
  /** What is loaded; missing for an import of types. */
  code?: { specifier?: string };
  isDynamic?: boolean;
}

async function graphOf(entry: URL): Promise<Graph> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", fileURLToPath(entry)],
    cwd: fileURLToPath(FUNCTIONS),
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Everything that is loaded before the first request. */
function loadedAtStart({ roots, modules }: Graph): string[] {
  const dependencies = new Map(modules.map((module) => [module.specifier, module.dependencies]));
  const found = new Set(roots);
  // A set also gives what is added while it is read.
  for (const specifier of found) {
    for (const { code, isDynamic } of dependencies.get(specifier) ?? []) {
      if (code?.specifier !== undefined && !isDynamic) found.add(code.specifier);
    }
  }
  return [...found];
}

function packagesIn(specifiers: string[]): string[] {
  return specifiers.flatMap((specifier) =>
    /^(?:npm|jsr|node|https):\/?((?:@[^/]+\/)?[^@/]+)/.exec(specifier)?.[1] ?? []
  );
}

for (const name of await functionNames()) {
  Deno.test(`${name} starts without any package that it can do without`, async () => {
    const loaded = loadedAtStart(await graphOf(new URL(`${name}/index.ts`, FUNCTIONS)));
    assert.ok(loaded.length > 10, "the graph has the files of the function");
    assert.deepEqual(packagesIn(loaded), AT_START[name] ?? []);
  });
}

Deno.test("catches a package behind a file, and none behind types or a later import", () => {
  const modules = [
    {
      specifier: "file:///index.ts",
      dependencies: [
        { code: { specifier: "file:///a.ts" } },
        { code: { specifier: "npm:late@1.0.0" }, isDynamic: true },
        {},
      ],
    },
    {
      specifier: "file:///a.ts",
      dependencies: [
        { code: { specifier: "npm:@scope/early@1.0.0" } },
        { code: { specifier: "node:crypto" } },
        { code: { specifier: "file:///index.ts" } },
      ],
    },
  ];
  const loaded = loadedAtStart({ roots: ["file:///index.ts"], modules });
  assert.deepEqual(packagesIn(loaded), ["@scope/early", "crypto"]);
});
