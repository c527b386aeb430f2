/** `deno task bundle`: how large each function is when it starts, and what it loads later. */

import { stop } from "esbuild";
import { command } from "../../cli/frame.ts";
import { say } from "../../local/terminal.ts";
import { formatTable } from "../bench/table.ts";
import { type Bundle, bundleOf, type Part } from "./bundle.ts";
import { functionNames } from "./function_names.ts";

const bundle = command({
  name: "bundle",
  summary: "Show how large each function is, bundled and minified, and what is in it",
  details: "Nothing is written. Supabase deploys the sources, and bundles them itself.",
  options: {},
  examples: [""],
  exitCodes: ["the sizes are shown"],
  async run() {
    try {
      const rows: string[][] = [];
      for (const name of await functionNames()) rows.push(...rowsOf(name, await bundleOf(name)));
      say(...formatTable(["", "KB", "of it"], rows).split("\n"));
      return 0;
    } finally {
      await stop();
    }
  },
});

function rowsOf(name: string, { start, later }: Bundle): string[][] {
  return [
    [name, ...sizesOf(start)],
    ...later.map((part) => [`  later: ${shortName(part.name)}`, ...sizesOf(part)]),
  ];
}

function sizesOf({ bytes, bytesOf }: Part): string[] {
  const owners = [...bytesOf].filter(([, bytes]) => bytes >= 500).sort(([, a], [, b]) => b - a);
  return [
    kilobytes(bytes),
    owners.map(([name, bytes]) => `${name} ${kilobytes(bytes)}`).join(", "),
  ];
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1);
}

/** The package, or the path below the functions. */
function shortName(path: string): string {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
  return name ?? path.replace("supabase/functions/", "");
}

if (import.meta.main) await bundle.runAndExit();
