/** A function with everything that it imports, as few minified files: how large its start is, and of what. */

import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
// esbuild: says of each file of a bundle how many bytes came from which source.
import { build, type Metafile, type Plugin } from "esbuild";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Files that are loaded together. */
export interface Part {
  /** The source that the function names: its `index.ts`, or what it imports later. */
  name: string;
  bytes: number;
  /** Of each package, and of "sesame". */
  bytesOf: Map<string, number>;
}

export interface Bundle {
  /** What is loaded before the first request. */
  start: Part;
  /** What is loaded when it is used, each without what is already there. */
  later: Part[];
}

/** Bundles a function. With a folder, writes its files there; `index.js` starts it. */
export async function bundleOf(name: string, folder?: string): Promise<Bundle> {
  const entry = `supabase/functions/${name}/index.ts`;
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    splitting: true,
    metafile: true,
    format: "esm",
    conditions: ["deno"],
    platform: "neutral",
    mainFields: ["module", "main"],
    plugins: [NODE],
    outdir: folder ?? "out",
    write: folder !== undefined,
    logLevel: "silent", // the error has the messages
  });
  const start = filesFor(metafile, outputOf(metafile, entry));
  return {
    start: partOf(metafile, entry, start),
    later: laterIn(metafile).map((path) => {
      const files = filesFor(metafile, path).filter((file) => !start.includes(file));
      return partOf(metafile, metafile.outputs[path]?.entryPoint ?? path, files);
    }),
  };
}

/** A package may name a module of Node as `net`. Deno knows `node:net`, and brings it. */
const NODE: Plugin = {
  name: "node",
  setup({ onResolve }) {
    onResolve(
      { filter: /^[a-z]/ },
      ({ path }) =>
        isBuiltin(path)
          ? { path: path.startsWith("node:") ? path : `node:${path}`, external: true }
          : undefined,
    );
  },
};

function outputOf({ outputs }: Metafile, entry: string): string {
  const found = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === entry);
  if (found === undefined) throw new Error(`the bundle has no ${entry}`);
  return found;
}

/** A file and all files that it imports at once. */
function filesFor({ outputs }: Metafile, path: string): string[] {
  const files = new Set([path]);
  // A set also gives what is added while it is read.
  for (const file of files) {
    for (const { path, kind, external } of outputs[file]?.imports ?? []) {
      if (kind === "import-statement" && !external) files.add(path);
    }
  }
  return [...files];
}

function laterIn({ outputs }: Metafile): string[] {
  const imports = Object.values(outputs).flatMap(({ imports }) => imports);
  return [
    ...new Set(
      imports.filter(({ kind, external }) => kind === "dynamic-import" && !external)
        .map(({ path }) => path),
    ),
  ];
}

function partOf({ outputs }: Metafile, name: string, files: string[]): Part {
  const bytesOf = new Map<string, number>();
  let bytes = 0;
  for (const output of files.map((file) => outputs[file]!)) {
    bytes += output.bytes;
    for (const [source, { bytesInOutput }] of Object.entries(output.inputs)) {
      const owner = packageOf(source);
      bytesOf.set(owner, (bytesOf.get(owner) ?? 0) + bytesInOutput);
    }
  }
  return { name, bytes, bytesOf };
}

function packageOf(source: string): string {
  const [, name = "sesame"] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source) ?? [];
  return name;
}
